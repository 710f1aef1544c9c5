package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final AtomicLong clock = new AtomicLong();

    @Test
    void h25_should_limit_the_challenges_that_one_address_gets() {
        Admission admission = new Admission(new ListenLimits(99, 99, 99, 1), true, clock::get);
        for (int i = 0; i < 10; i++) {
            assertThat(admission.enter(HERE)).isTrue();
            admission.handshakeOver();
            admission.leave(HERE);
        }
        assertThat(admission.enter(HERE)).isFalse();

        clock.addAndGet(TimeUnit.SECONDS.toNanos(1));

        assertThat(admission.enter(HERE)).isTrue();
        assertThat(admission.enter(HERE)).isFalse();
    }

    @Test
    void h25_should_not_let_one_address_use_up_what_others_get() throws Exception {
        Admission admission = new Admission(new ListenLimits(99, 2, 99, 99), true, clock::get);

        assertThat(admission.enter(HERE)).isTrue();
        assertThat(admission.enter(HERE)).isTrue();
        assertThat(admission.enter(HERE)).isFalse();
        assertThat(admission.enter(InetAddress.getByName("192.0.2.1"))).isTrue();
    }

    @Test
    void h25_should_limit_handshakes_apart_from_connections() {
        Admission admission = new Admission(new ListenLimits(99, 99, 1, 99), true, clock::get);
        assertThat(admission.enter(HERE)).isTrue();
        assertThat(admission.enter(HERE)).isFalse();

        admission.handshakeOver();

        assertThat(admission.enter(HERE)).isTrue();
        assertThat(admission.connections()).isEqualTo(2);
        assertThat(admission.handshakes()).isEqualTo(1);
    }

    @Test
    void should_forget_an_address_that_has_its_burst_back() {
        Admission admission = new Admission(new ListenLimits(99, 99, 99, 1), true, clock::get);
        admission.enter(HERE);
        assertThat(admission.remembered()).isEqualTo(1);

        clock.addAndGet(TimeUnit.SECONDS.toNanos(2));
        admission.leave(HERE);

        assertThat(admission.remembered()).isZero();
    }
}
