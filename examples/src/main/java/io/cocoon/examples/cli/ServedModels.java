package io.cocoon.examples.cli;

import io.cocoon.engine.BuiltInEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.ModelName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The models of a worker's command line: {@code --model NAME} with the engine of the other options, or {@code --model NAME=PATH}, which
 * may come several times.
 */
final class ServedModels {

    /**
     * One of them.
     *
     * @param name the full one; empty if none was given
     */
    record Model(Optional<String> name, InferenceEngine engine) {}

    private ServedModels() {}

    /** Loads all or none. The caller closes the engines. */
    static List<Model> load(List<String> given, EngineOptions options, PrintWriter out) throws IOException {
        if (given.size() <= 1 && given.stream().noneMatch(each -> each.contains("="))) {
            return List.of(new Model(given.stream().findFirst(), options.load(out)));
        }
        options.requireNone();
        Set<String> bases = new HashSet<>();
        List<String> names = new ArrayList<>();
        List<Path> paths = new ArrayList<>();
        for (String each : given) {
            int at = each.indexOf('=');
            if (at < 1 || at == each.length() - 1) {
                throw new IllegalArgumentException(
                        "several models are given as --model NAME=PATH each, got --model " + each);
            }
            ModelName name = new ModelName(each.substring(0, at));
            if (!bases.add(name.base())) {
                throw new IllegalArgumentException("--model " + name + ": another one is named " + name.base()
                        + " too; clients ask by that name and could not tell them apart");
            }
            names.add(name.full());
            paths.add(Path.of(each.substring(at + 1)));
        }
        List<BuiltInEngine> engines = EngineOptions.loadAll(paths, out);
        List<Model> models = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            models.add(new Model(Optional.of(names.get(i)), engines.get(i)));
        }
        return models;
    }
}
