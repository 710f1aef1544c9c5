package io.cocoon.tvm;

import java.util.List;

/**
 * What a get-method returned.
 *
 * @param exitCode 0 and 1 are success; 11 mostly means that there is no such method
 * @param gasUsed what it would have cost
 * @param stack what it left on the stack, the topmost last
 * @param log the end of what the virtual machine did, for people
 */
public record GetMethodResult(int exitCode, long gasUsed, List<StackValue> stack, String log) {

    public GetMethodResult {
        stack = List.copyOf(stack);
    }

    /** Returns whether the method ran to its end. */
    public boolean succeeded() {
        return exitCode == 0 || exitCode == 1;
    }
}
