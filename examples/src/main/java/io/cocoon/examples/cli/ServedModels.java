package io.cocoon.examples.cli;

import io.cocoon.engine.BuiltInEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.ModelLoader;
import io.cocoon.worker.ModelName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        List<Place> placed = places("--model", given);
        Set<String> bases = new HashSet<>();
        for (Place each : placed) {
            if (!bases.add(each.name.base())) {
                throw new IllegalArgumentException("--model " + each.name + ": another one is named " + each.name.base()
                        + " too; clients ask by that name and could not tell them apart");
            }
        }
        List<BuiltInEngine> engines =
                options.loadAll(placed.stream().map(Place::path).toList(), out);
        List<Model> models = new ArrayList<>();
        for (int i = 0; i < placed.size(); i++) {
            models.add(new Model(Optional.of(placed.get(i).name.full()), engines.get(i)));
        }
        return models;
    }

    /** A model and where it is. */
    private record Place(ModelName name, Path path) {}

    /** Reads NAME=PATH of each. @throws IllegalArgumentException if one is something else */
    private static List<Place> places(String option, List<String> given) {
        List<Place> places = new ArrayList<>();
        for (String each : given) {
            int at = each.indexOf('=');
            if (at < 1 || at == each.length() - 1) {
                throw new IllegalArgumentException(
                        "each is wanted as " + option + " NAME=PATH, got " + option + " " + each);
            }
            places.add(new Place(new ModelName(each.substring(0, at)), Path.of(each.substring(at + 1))));
        }
        return places;
    }

    /**
     * Returns what loads the models that a worker may change to while it serves; empty if there are none. Names come from proxies, so
     * that they only choose from this list: no path comes from outside.
     *
     * @param others of {@code --may-change-to}
     * @param given of {@code --model}; those with a path may be changed back to
     * @throws IllegalArgumentException if one is malformed
     */
    static Optional<ModelLoader> loader(
            List<String> others, List<String> given, EngineOptions options, PrintWriter out) {
        if (others.isEmpty()) {
            return Optional.empty();
        }
        Map<ModelName, Path> places = new LinkedHashMap<>();
        places("--may-change-to", others).forEach(each -> places.put(each.name, each.path));
        places("--model", given.stream().filter(each -> each.contains("=")).toList())
                .forEach(each -> places.putIfAbsent(each.name, each.path));
        return Optional.of(name -> {
            Path path = places.get(name);
            if (path == null) {
                throw new IllegalArgumentException(
                        "--may-change-to does not name " + name + "; it names " + places.keySet());
            }
            out.println("Changing to " + name + ".");
            return options.loadAll(List.of(path), out).get(0);
        });
    }
}
