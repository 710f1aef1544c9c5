package io.cocoon.tee.policy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;

class PolicyFuzz {

    @FuzzTest
    void policy(byte[] data) {
        PolicyProperties.readPolicy(Bytes.wrapUnshared(data));
    }

    @FuzzTest
    void bundle(byte[] data) {
        PolicyProperties.readBundle(Bytes.wrapUnshared(data));
    }
}
