package io.cocoon.engine.model;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.Scales;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightFiles;
import io.cocoon.engine.file.WeightType;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tensors of a folder, FP8 ones with their scales. */
final class ScaledTensors implements TensorSource {

    private static final String WEIGHT = ".weight";

    private final WeightFiles files;
    private final @Nullable Fp8Scheme scheme;

    /** @throws ModelFormatException if there are scales without FP8 weights, whatever the scheme */
    ScaledTensors(WeightFiles files, Optional<Fp8Scheme> scheme) throws ModelFormatException {
        this.files = files;
        this.scheme = scheme.orElse(null);
        for (String name : files.names()) {
            for (String suffix : Fp8Scheme.ALL_SUFFIXES) {
                if (name.endsWith(WEIGHT + suffix)) {
                    requireFp8(name, name.substring(0, name.length() - suffix.length()));
                }
            }
        }
    }

    private void requireFp8(String scales, String weights) throws ModelFormatException {
        Optional<Tensor> tensor = files.find(weights);
        if (tensor.isEmpty() || tensor.get().type() != WeightType.FP8) {
            throw new ModelFormatException(files.path() + ": tensor " + scales + " scales " + weights + ", which is "
                    + tensor.map(each -> each.type().name()).orElse("absent") + "; wanted F8_E4M3");
        }
    }

    @Override
    public Tensor get(String name, long rows, long columns) throws ModelFormatException {
        Tensor tensor = files.get(name, rows, columns);
        if (tensor.type() != WeightType.FP8) {
            return tensor;
        }
        if (scheme == null) {
            throw new ModelFormatException(files.path() + ": tensor " + name
                    + " is F8_E4M3, and config.json has no quantization_config, which says how it is scaled");
        }
        if (!name.endsWith(WEIGHT) || rows == 1) {
            throw new ModelFormatException(
                    files.path() + ": tensor " + name + " is F8_E4M3; only matrices may be, norms and biases not");
        }
        return tensor.scaledBy(scales(scheme, name, tensor));
    }

    private Scales scales(Fp8Scheme wanted, String name, Tensor tensor) throws ModelFormatException {
        List<Tensor> found = wanted.suffixes().stream()
                .flatMap(suffix -> files.find(name + suffix).stream())
                .toList();
        if (found.size() != 1) {
            throw new ModelFormatException(files.path() + ": tensor " + name + " is F8_E4M3; wanted its scales "
                    + name + String.join(" or " + name, wanted.suffixes()) + ", found "
                    + (found.isEmpty() ? "none" : "both"));
        }
        Tensor factors = found.get(0);
        for (Fp8Scheme.Block block : wanted.blocks()) {
            if (factors.rows() == block.down(tensor.rows()) && factors.columns() == block.across(tensor.columns())) {
                try {
                    return Scales.read(factors, block.rows(), block.columns());
                } catch (ModelFormatException e) {
                    throw new ModelFormatException(files.path() + ": " + e.getMessage(), e);
                }
            }
        }
        throw new ModelFormatException(files.path() + ": tensor " + factors.name() + " has the shape ["
                + factors.rows() + ", " + factors.columns() + "], wanted "
                + wanted.shapes(tensor.rows(), tensor.columns()) + " for the " + tensor.rows() + " by "
                + tensor.columns() + " weights that it scales (" + wanted.method() + ")");
    }
}
