package io.cocoon.ton.center;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class AnswersProperties {

    private static List<ObjectNode> samples() {
        ObjectNode info = JsonNodeFactory.instance.objectNode().set("last", FakeCenter.block(100));
        ObjectNode header =
                JsonNodeFactory.instance.objectNode().put("gen_utime", 5).put("global_id", -239);
        header.set("id", FakeCenter.block(100));
        List<Cell> history = TestChain.history(TestChain.ACCOUNT, 2);
        return List.of(
                FakeCenter.envelope(info),
                FakeCenter.envelope(header),
                FakeCenter.envelope(FakeCenter.account()),
                FakeCenter.envelope(FakeCenter.transactions(history)));
    }

    @Property(tries = 1_000)
    void changed_bytes_are_read_or_refused(@ForAll long seed, @ForAll @IntRange(min = 0, max = 3) int kind) {
        Random random = new Random(seed);
        byte[] body = samples().get(kind).toString().getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4); i >= 0; i--) {
            body[random.nextInt(body.length)] = (byte) random.nextInt();
        }
        assertThatCode(() -> AnswersFuzz.readAnything(body)).doesNotThrowAnyException();
    }

    @Property
    void balances_and_times_are_read_as_numbers_and_as_strings(
            @ForAll @LongRange(min = 1) long balance, @ForAll boolean asText) throws AnswerException {
        ObjectNode account = FakeCenter.account();
        if (asText) {
            account.put("balance", Long.toString(balance)).put("sync_utime", "77");
        } else {
            account.put("balance", balance).put("sync_utime", 77);
        }

        AccountState state = Answers.account(TestChain.ACCOUNT, account);

        assertThat(state.balance()).isEqualTo(new Nanoton(balance));
        assertThat(state.at().time().getEpochSecond()).isEqualTo(77);
    }
}
