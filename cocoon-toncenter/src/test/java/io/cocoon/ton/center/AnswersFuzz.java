package io.cocoon.ton.center;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;

class AnswersFuzz {

    /** Reads one kind of answer. */
    private interface Reader {
        Object read(JsonNode result) throws AnswerException;
    }

    @FuzzTest
    void bytes_are_an_answer_or_refused(byte[] bytes) {
        readAnything(bytes);
    }

    static void readAnything(byte[] bytes) {
        try {
            JsonNode result = Answers.envelope(bytes).result();
            readOrRefuse(result, Answers::newestSeqno);
            readOrRefuse(result, node -> Answers.header(node, 100));
            readOrRefuse(result, node -> Answers.account(TestChain.ACCOUNT, node));
            readOrRefuse(result, node -> Answers.transactions(node, TonCenterChain.PAGE));
        } catch (AnswerException expected) {
            // the one way in which bytes are refused
        }
    }

    private static void readOrRefuse(JsonNode result, Reader reader) {
        try {
            reader.read(result);
        } catch (AnswerException expected) {
            // the one way in which a result is refused
        }
    }
}
