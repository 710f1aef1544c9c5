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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Collateral from files, for machines without a network and for repeatable judgement. Files are read at every call, so a
 * set that an operator replaces (by renaming a new file over it) counts at once; while they are the same, so is the object, which
 * spares its verification. Thread-safe.
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

    private static final int MAX_REMEMBERED = 256;

    private final Path directory;
    private final Executor executor;
    private final Same<TdxCollateral> tdx = new Same<>();
    private final Same<SnpCollateral> snp = new Same<>();

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
            Path special = folder.resolve(fmspc.toHex() + "-" + ca.word() + ".json");
            Path any = folder.resolve(fmspc.toHex() + ".json");
            Path file = !Files.exists(special) && Files.exists(any) ? any : special;
            Bytes content = bytes(file, TdxCollateralJson.MAX_BYTES);
            return tdx.of(file, List.of(content), () -> parse(file, content));
        });
    }

    @Override
    public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
        return reading(() -> {
            String name = product.word() + (vlek ? "-vlek" : "-vcek");
            Path crl = directory.resolve("sev-snp").resolve(name + ".crl");
            Path file = directory.resolve("sev-snp").resolve(name + ".pem");
            Bytes chain = bytes(file, PcsAnswers.MAX_CHAIN_BYTES);
            Optional<Bytes> list =
                    Files.exists(crl) ? Optional.of(bytes(crl, HttpCollateral.MAX_CRL_BYTES)) : Optional.empty();
            return snp.of(
                    file,
                    list.map(there -> List.of(chain, there)).orElse(List.of(chain)),
                    () -> new SnpCollateral(product, chain, list));
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

    /** Gives the same set while the files that it was made of are the same. */
    private static final class Same<T> {

        private record Made<T>(List<Bytes> from, T set) {}

        private final Map<Path, Made<T>> known = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Path, Made<T>> eldest) {
                return size() > MAX_REMEMBERED;
            }
        };

        synchronized T of(Path file, List<Bytes> from, Reading<T> maker) throws CollateralException {
            Made<T> made = known.get(file);
            if (made == null || !made.from().equals(from)) {
                made = new Made<>(from, maker.read());
                known.put(file, made);
            }
            return made.set();
        }
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

    private static TdxCollateral parse(Path file, Bytes content) throws CollateralException {
        try {
            return TdxCollateralJson.read(content);
        } catch (MalformedAnswer e) {
            throw e.at("reading " + file, "replace the file");
        }
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
