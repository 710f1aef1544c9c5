package io.cocoon.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The emulator itself, on a contract that does what it is told (test data, contracts/puppet.tolk). */
class EmulatorTest {

    private static final Instant TIME = Instant.ofEpochSecond(1_800_000_000);
    private static final Cell CODE = puppetCode();
    private static final Cell DATA = new CellBuilder()
            .storeUint(0, 32)
            .storeUint(0, 64)
            .storeUint(0, 32)
            .build();
    private static final Address PUPPET = StateInit.address(CODE, DATA);
    private static final Address SENDER = new Address(0, Int256.fromHex("11".repeat(32)));
    /** TL-B: an account that never was, and no transaction. */
    private static final Cell NOBODY = new CellBuilder()
            .storeRef(new CellBuilder().storeBit(false).build())
            .storeInt256(Int256.ZERO)
            .storeUint(0, 64)
            .build();

    private final Emulator emulator = new Emulator(1);

    private static Cell puppetCode() {
        try {
            return BagOfCells.read(Bytes.wrapUnshared(
                    Base64.getDecoder().decode(TestData.text("contracts/puppet.code").trim())));
        } catch (CellException e) {
            throw new AssertionError(e);
        }
    }

    private static Cell deploy(Cell body) {
        return new CellBuilder()
                .storeUint(0b0110, 4)
                .storeAddress(SENDER)
                .storeAddress(PUPPET)
                .storeCoins(Nanoton.ofTon("1"))
                .storeUint(0, 1 + 4 + 4)
                .storeUint(1, 64)
                .storeUint(TIME.getEpochSecond(), 32)
                .storeUint(0b11, 2)
                .storeRef(StateInit.cell(CODE, DATA))
                .storeBit(true)
                .storeRef(body)
                .build();
    }

    private static Cell external(int seqno) {
        Cell nothing = Cell.EMPTY;
        return new CellBuilder()
                .storeUint(0b1000, 4)
                .storeAddress(PUPPET)
                .storeCoins(Nanoton.ZERO)
                .storeUint(0b11, 2)
                .storeRef(StateInit.cell(CODE, DATA))
                .storeBit(true)
                .storeRef(new CellBuilder()
                        .storeUint(seqno, 32)
                        .storeUint(2, 8)
                        .storeRef(nothing)
                        .build())
                .build();
    }

    private static Cell add(long amount) {
        return new CellBuilder().storeUint(1, 32).storeUint(amount, 32).build();
    }

    private TransactionResult.Done run(Cell account, Cell message, long lt) {
        return (TransactionResult.Done) emulator.transaction(account, message, TIME, lt, Int256.ZERO);
    }

    private GetMethodResult get(String name, List<StackValue> arguments, long gas) {
        return emulator.get(
                CODE, DATA, PUPPET, Nanoton.ofTon("1"), TIME, Emulator.methodId(name), arguments, gas);
    }

    @Test
    void should_deliver_a_message_and_give_back_the_account() throws CellException {
        TransactionResult.Done done = run(NOBODY, deploy(add(7)), 1_000_000);

        assertThat(done.account().ref(0)).isNotEqualTo(NOBODY.ref(0));
        assertThat(done.account().beginParse().loadInt256())
                .isEqualTo(done.transaction().hash());
    }

    @Test
    void should_give_the_same_bits_in_every_instance() {
        TransactionResult.Done first = run(NOBODY, deploy(add(7)), 1_000_000);
        TransactionResult again = new Emulator(2).transaction(NOBODY, deploy(add(7)), TIME, 1_000_000, Int256.ZERO);

        assertThat(again).isEqualTo(first);
    }

    @Test
    void should_say_that_nobody_pays_for_an_external_message() {
        Cell rich = run(NOBODY, deploy(add(7)), 1_000_000).account();

        TransactionResult result = emulator.transaction(rich, external(5), TIME, 2_000_000, Int256.ZERO);

        assertThat(result).isInstanceOfSatisfying(TransactionResult.NotAccepted.class, refused -> assertThat(
                        refused.exitCode())
                .isEqualTo(33));
        assertThat(emulator.transaction(rich, external(0), TIME, 2_000_000, Int256.ZERO))
                .isInstanceOf(TransactionResult.Done.class);
    }

    @Test
    void should_run_a_get_method_with_numbers_cells_and_slices() {
        StackValue number = new StackValue.Int(BigInteger.TWO.pow(200).negate());
        StackValue cell = new StackValue.OfCell(add(3));
        StackValue slice = new StackValue.OfSlice(add(4));

        GetMethodResult result = get("echo", List.of(number, cell, slice), 100_000);

        assertThat(result.succeeded()).isTrue();
        assertThat(result.stack()).containsExactly(number, cell, slice);
        assertThat(result.gasUsed()).isPositive();
        assertThat(get("now", List.of(), 100_000).stack())
                .containsExactly(StackValue.Int.of(TIME.getEpochSecond()));
    }

    @Test
    void should_report_an_unknown_get_method_and_one_without_gas() {
        assertThat(get("nothing_like_it", List.of(), 100_000).exitCode()).isEqualTo(11);
        assertThat(get("hash_often", List.of(StackValue.Int.of(10_000)), 10_000).exitCode())
                .isEqualTo(-14);
    }

    @Test
    void should_work_on_after_it_refused_what_is_no_account() {
        assertThatThrownBy(() -> run(Cell.EMPTY, deploy(add(7)), 1_000_000)).isInstanceOf(EmulatorException.class);

        assertThat(run(NOBODY, deploy(add(7)), 1_000_000).account()).isNotNull();
    }

    @Test
    void should_not_need_more_memory_with_every_call() {
        Cell account = run(NOBODY, deploy(add(7)), 1_000_000).account();
        for (int i = 0; i < 20; i++) {
            run(account, deploy(add(7)), 2_000_000);
        }
        int before = emulator.memoryBytes();

        for (int i = 0; i < 200; i++) {
            run(account, deploy(add(7)), 2_000_000);
            get("echo", List.of(StackValue.Int.of(1), new StackValue.OfCell(CODE), new StackValue.OfSlice(CODE)), 9999);
        }

        assertThat(emulator.memoryBytes()).isEqualTo(before);
    }
}
