package io.cocoon.ton.chain;

import com.code_intelligence.jazzer.junit.FuzzTest;

class FakeTonJsonFuzz {

    @FuzzTest
    void bytes_are_a_configuration_or_an_illegal_argument(byte[] bytes) {
        try {
            FakeTonJson.parse(bytes);
        } catch (IllegalArgumentException expected) {
            // the one way in which bytes are refused
        }
    }
}
