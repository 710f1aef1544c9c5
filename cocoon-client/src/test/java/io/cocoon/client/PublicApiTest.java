package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What applications see of the client are the JDK and this library, so that no dependency leaks into their code. */
class PublicApiTest {

    private static final JavaClasses CLIENT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.cocoon.client");

    @Test
    void public_signatures_name_only_the_jdk_and_this_library() {
        List<String> foreign = new ArrayList<>();
        int looked = 0;
        for (JavaClass type : CLIENT) {
            if (!type.getModifiers().contains(JavaModifier.PUBLIC)) {
                continue;
            }
            for (JavaCodeUnit unit : type.getCodeUnits()) {
                if (isOpen(unit.getModifiers())) {
                    looked++;
                    unit.getParameterTypes().forEach(each -> check(each, unit.getFullName(), foreign));
                    check(unit.getReturnType(), unit.getFullName(), foreign);
                }
            }
            for (JavaField field : type.getFields()) {
                if (isOpen(field.getModifiers())) {
                    check(field.getType(), field.getFullName(), foreign);
                }
            }
        }
        assertThat(looked).isGreaterThan(100);
        assertThat(foreign).isEmpty();
    }

    private static boolean isOpen(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static void check(JavaType type, String where, List<String> foreign) {
        for (JavaClass each : type.getAllInvolvedRawTypes()) {
            String name = each.getBaseComponentType().getPackageName();
            boolean known = each.getBaseComponentType().isPrimitive()
                    || name.startsWith("java.")
                    || name.equals("io.cocoon")
                    || name.startsWith("io.cocoon.") && !name.contains(".internal");
            if (!known) {
                foreign.add(where + " names " + each.getName());
            }
        }
    }
}
