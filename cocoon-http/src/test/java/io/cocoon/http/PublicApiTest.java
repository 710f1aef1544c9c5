package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What applications see of this module are the JDK and this library; Netty and Jackson stay behind it. */
class PublicApiTest {

    @Test
    void public_signatures_name_only_the_jdk_and_this_library() {
        Set<String> named = new TreeSet<>();
        for (JavaClass type : new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.cocoon.http")) {
            if (!type.getModifiers().contains(JavaModifier.PUBLIC)) {
                continue;
            }
            type.getCodeUnits().stream()
                    .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC))
                    .forEach(unit -> {
                        named.add(unit.getRawReturnType().getName());
                        unit.getRawParameterTypes().forEach(each -> named.add(each.getName()));
                    });
        }
        named.removeIf(name -> !name.contains(".") || name.startsWith("java."));
        assertThat(named).isNotEmpty().allMatch(name -> name.startsWith("io.cocoon."));
    }
}
