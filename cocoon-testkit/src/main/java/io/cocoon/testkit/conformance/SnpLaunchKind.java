package io.cocoon.testkit.conformance;

import io.cocoon.tee.sevsnp.OvmfFirmware;
import io.cocoon.tee.sevsnp.SnpException;
import io.cocoon.tee.sevsnp.SnpLaunch;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Launch digests of two builds of OVMF, of which the suite has the last page, against the values that others published. 2026 part
 * of the TEE dossier, 9, vectors launchDigest.digests.
 */
final class SnpLaunchKind implements ConformanceKind {

    private static final String FOLDER = "sev-snp/2026/launch/";
    private static final String AMD_SEV = "ovmf_AmdSev_suffix.bin";
    private static final String OVMF_X64 = "ovmf_OvmfX64_suffix.bin";

    /** The digest after the whole file of which the suite has the end. */
    private static final Optional<Bytes> WHOLE_AMD_SEV = Optional.of(Bytes.fromHex(
            "086e2e9149ebf45abdc3445fba5b2da8270bdbb04094d7a2c37faaa4b24af3aa16aff8c374c2a55c467a50da6d466b74"));

    private static final Optional<SnpLaunch.KernelHashes> NOTHING = Optional.of(hashes(""));

    /** All published digests are of QEMU's type EPYC-v4. */
    private static final int CPU = SnpLaunch.cpuSignature(23, 1, 2);

    private static final int DEBUG_SWAP = 0x20;

    private record Launch(
            String name,
            String file,
            Optional<Bytes> firmware,
            Optional<SnpLaunch.KernelHashes> hashes,
            int vcpus,
            long features,
            String digest) {}

    private static final List<Launch> LAUNCHES = List.of(
            new Launch(
                    "whole AmdSev, nothing booted",
                    AMD_SEV,
                    WHOLE_AMD_SEV,
                    NOTHING,
                    1,
                    SnpLaunch.FEATURES_SNP,
                    "ddc5224521617a536ee7ce9dd6224d1b58a8d4fda1c741f3ac99fc4bfa04ba6e9fc98646d4a07a9079397fa3852819b5"),
            new Launch(
                    "whole AmdSev, nothing booted, debug swap",
                    AMD_SEV,
                    WHOLE_AMD_SEV,
                    NOTHING,
                    1,
                    SnpLaunch.FEATURES_SNP | DEBUG_SWAP,
                    "329c8ce0972ae52343b64d34a434a86f245dfd74f5ed7aae15d22efc78fb9683632b9b50e4e1d7fa41179ef98a7ef198"),
            new Launch(
                    "page of AmdSev, a command line",
                    AMD_SEV,
                    Optional.empty(),
                    Optional.of(hashes("console=ttyS0 loglevel=7")),
                    1,
                    SnpLaunch.FEATURES_SNP,
                    "6d287813eb5222d770f75005c664e34c204f385ce832cc2ce7d0d6f354454362f390ef83a92046c042e706363b4b08fa"),
            new Launch(
                    "page of AmdSev, no kernel hashes",
                    AMD_SEV,
                    Optional.empty(),
                    Optional.empty(),
                    1,
                    SnpLaunch.FEATURES_SNP,
                    "19358ba9a7615534a9a1e2f0dfc29384dcd4dcb7062ff9c6013b26869a5fc6ecabe033c48dd6f6db5d6d76e7c5df632d"),
            new Launch(
                    "page of AmdSev, four virtual CPUs",
                    AMD_SEV,
                    Optional.empty(),
                    NOTHING,
                    4,
                    SnpLaunch.FEATURES_SNP,
                    "5061fffb019493a903613d56d54b94912a1a2f9e4502385f5c194616753720a92441310ba6c4933de877c36e23046ad5"),
            new Launch(
                    "page of AmdSev, four virtual CPUs, debug swap",
                    AMD_SEV,
                    Optional.empty(),
                    NOTHING,
                    4,
                    SnpLaunch.FEATURES_SNP | DEBUG_SWAP,
                    "4953b1fb416fa874980e8442b3706d345926d5f38879134e00813c5d7abcbe78eafe7b422907be0b4698e2414a631942"),
            new Launch(
                    "page of OvmfX64",
                    OVMF_X64,
                    Optional.empty(),
                    Optional.empty(),
                    1,
                    SnpLaunch.FEATURES_SNP,
                    "da0296de8193586a5512078dcd719eccecbd87e2b825ad4148c44f665dc87df21e5b49e21523a9ad993afdb6a30b4005"));

    private static SnpLaunch.KernelHashes hashes(String commandLine) {
        return SnpLaunch.KernelHashes.of(Bytes.empty(), Bytes.empty(), commandLine);
    }

    @Override
    public boolean accepts(String path) {
        return path.equals(FOLDER + AMD_SEV) || path.equals(FOLDER + OVMF_X64);
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        Bytes file = Bytes.wrapUnshared(Files.readAllBytes(root.resolve(path)));
        for (Launch each : LAUNCHES) {
            if (path.endsWith("/" + each.file())) {
                report.run(path, each.name(), () -> check(file, each));
            }
        }
        report.run(path, "kernel hashes", () -> {
            boolean measured = OvmfFirmware.parse(file).measuresKernel();
            JsonLines.requireEqual(path.endsWith(AMD_SEV), measured, "whether kernels can be measured");
        });
    }

    private static void check(Bytes file, Launch launch) throws SnpException {
        Bytes found = SnpLaunch.measurement(
                OvmfFirmware.parse(file), launch.firmware(), launch.hashes(), launch.vcpus(), CPU, launch.features());
        JsonLines.requireEqual(launch.digest(), found.toHex(), "measurement");
    }
}
