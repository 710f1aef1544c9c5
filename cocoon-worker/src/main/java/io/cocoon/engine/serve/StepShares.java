package io.cocoon.engine.serve;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Shares out how many tokens each answer reads in a step. */
final class StepShares {

    private StepShares() {}

    /**
     * Gives one token to each answer that has no more, and to the prompts equal shares of a budget, with what short ones leave going to
     * the longer ones.
     *
     * <p>Why not in order: a long prompt would hold up the short ones behind it for many steps. Why not the shortest first: with ever
     * new short ones a long one would never be read. So with n prompts each is read in at most n times the steps that it takes alone.
     *
     * @param unread how much each has left, 1 or more, oldest first
     * @param budget tokens of all prompts together. If there are more prompts than that, the oldest get one token each
     * @return for each, 0 to what it has left
     */
    static int[] of(int[] unread, int budget) {
        int[] shares = new int[unread.length];
        int[] prompts = IntStream.range(0, unread.length)
                .filter(i -> unread[i] > 1)
                .limit(budget)
                .boxed()
                .sorted(Comparator.comparing(i -> unread[i]))
                .mapToInt(i -> i)
                .toArray();
        int left = budget;
        for (int i = 0; i < prompts.length; i++) {
            int at = prompts[i];
            shares[at] = Math.min(unread[at], left / (prompts.length - i));
            left -= shares[at];
        }
        for (int i = 0; i < unread.length; i++) {
            shares[i] = unread[i] == 1 ? 1 : shares[i];
        }
        return shares;
    }
}
