package io.cocoon.tee.collateral;

import io.cocoon.tee.collateral.CollateralException.Reason;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Collateral from files, for machines without a network and for repeatable judgement. Files are read at every call, so a
 * set that an operator replaces (by renaming a new file over it) counts at once. Thread-safe.
 *
 * <pre>
 * tdx/&lt;fmspc&gt;-&lt;platform|processor&gt;.json   nine members, see {@link TdxCollateralJson}; or tdx/&lt;fmspc&gt;.json
 * sgx/&lt;fmspc&gt;-&lt;platform|processor&gt;.json   the same for SGX enclaves
 * sev-snp/&lt;Milan|Genoa|Turin&gt;-&lt;vcek|vlek&gt;.pem   chain, intermediate first, then the root
 * sev-snp/&lt;Milan|Genoa|Turin&gt;-&lt;vcek|vlek&gt;.crl   revocation list, DER; may be missing
 * sev-snp/vcek/&lt;chip id&gt;-&lt;tcb&gt;.der         certificate of one chip at one firmware level
 * nvidia/rim/&lt;id&gt;.xml                      reference values
 * </pre>
 *
 * <p>FMSPC, chip id and TCB are lower-case hexadecimal digits. Names are built from bytes of fixed length and from a {@link
 * RimId}, so no file outside of the directory can be named.
 */
public final class DirectoryCollateral implements CollateralSource {

    private final Path directory;
    private final Executor executor;

    private DirectoryCollateral(Path directory, Executor executor) {
        this.directory = directory;
        this.executor = executor;
    }

    /**
     * Makes a source over a directory.
     *
     * @param executor reads the files
     */
    public static DirectoryCollateral at(Path directory, Executor executor) {
        return new DirectoryCollateral(directory, executor);
    }

    /** Makes a source over a directory that reads on the calling thread: for tools. */
    public static DirectoryCollateral at(Path directory) {
        return new DirectoryCollateral(directory, Runnable::run);
    }

    @Override
    public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
        return reading(() -> {
            Path folder = directory.resolve(sgx ? "sgx" : "tdx");
            Path file = folder.resolve(fmspc.toHex() + "-" + ca.word() + ".json");
            if (!Files.exists(file)) {
                Path any = folder.resolve(fmspc.toHex() + ".json");
                file = Files.exists(any) ? any : file;
            }
            try {
                return TdxCollateralJson.read(bytes(file, TdxCollateralJson.MAX_BYTES));
            } catch (MalformedAnswer e) {
                throw e.at("reading " + file, "replace the file");
            }
        });
    }

    @Override
    public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
        return reading(() -> {
            String name = product.word() + (vlek ? "-vlek" : "-vcek");
            Path crl = directory.resolve("sev-snp").resolve(name + ".crl");
            Bytes chain = bytes(directory.resolve("sev-snp").resolve(name + ".pem"), PcsAnswers.MAX_CHAIN_BYTES);
            return new SnpCollateral(
                    product,
                    chain,
                    Files.exists(crl) ? Optional.of(bytes(crl, HttpCollateral.MAX_CRL_BYTES)) : Optional.empty());
        });
    }

    @Override
    public CompletionStage<Bytes> vcek(VcekRequest request) {
        return reading(() -> bytes(
                directory
                        .resolve("sev-snp/vcek")
                        .resolve(request.chipId().toHex() + "-"
                                + request.reportedTcb().toHex() + ".der"),
                HttpCollateral.MAX_CERTIFICATE_BYTES));
    }

    @Override
    public CompletionStage<Bytes> rim(RimId id) {
        return reading(() ->
                bytes(directory.resolve("nvidia/rim").resolve(id.value() + ".xml"), HttpCollateral.MAX_RIM_BYTES));
    }

    private interface Reading<T> {
        T read() throws CollateralException;
    }

    private <T> CompletionStage<T> reading(Reading<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        executor.execute(() -> {
            try {
                result.complete(work.read());
            } catch (CollateralException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static Bytes bytes(Path file, int maxBytes) throws CollateralException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new MalformedAnswer("more than " + maxBytes + " bytes", "at most " + maxBytes)
                        .at("reading " + file, "replace the file");
            }
            return Bytes.wrapUnshared(content);
        } catch (NoSuchFileException e) {
            throw new CollateralException(
                    Reason.NOT_FOUND, "reading " + file, "no such file", "collateral", "put the file there");
        } catch (IOException e) {
            throw new CollateralException(
                    Reason.UNREACHABLE,
                    "reading " + file,
                    e.getClass().getSimpleName(),
                    "a readable file",
                    "check its permissions");
        }
    }
}
