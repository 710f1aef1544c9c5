package io.cocoon.tee.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.TurnedClock;
import io.cocoon.tee.guest.GuestException.Reason;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AttestedIdentitiesTest {

    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");

    private final ScheduledThreadPoolExecutor executor =
            new ScheduledThreadPoolExecutor(1, Executors.defaultThreadFactory());
    private final SecureRandom random = new SecureRandom();
    private final TurnedClock time = new TurnedClock(START);
    private int made;
    private boolean broken;

    private CertificateIdentity make() throws GuestException {
        if (broken) {
            throw new GuestException(Reason.LATE, "asking", "nothing", "evidence", "ask again");
        }
        made++;
        return CertificateIdentity.simulatedTdx(time, random);
    }

    private AttestedIdentities start() throws GuestException {
        return AttestedIdentities.start(this::make, time, AttestedIdentities.DEFAULT_AGE, executor);
    }

    @AfterEach
    void end() {
        executor.shutdownNow();
    }

    @Test
    void should_show_one_certificate_for_an_hour_and_then_one_with_another_key() throws Exception {
        try (AttestedIdentities identities = start()) {
            CertificateIdentity first = identities.current();
            time.now = START.plus(Duration.ofMinutes(50));
            identities.look();
            assertThat(identities.current()).isSameAs(first);
            time.now = START.plus(Duration.ofMinutes(61));
            identities.look();
            assertThat(identities.current().publicKey()).isNotEqualTo(first.publicKey());
            assertThat(made).isEqualTo(2);
        }
    }

    @Test
    void should_show_the_last_certificate_while_there_is_no_new_evidence_and_none_after_its_end() throws Exception {
        try (AttestedIdentities identities = start()) {
            CertificateIdentity first = identities.current();
            broken = true;
            time.now = START.plus(Duration.ofHours(2));
            identities.look();
            assertThat(identities.current()).isSameAs(first);
            time.now = first.notAfter().plusSeconds(1);
            identities.look();
            assertThatThrownBy(identities::current)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expired");
            broken = false;
            identities.look();
            assertThat(identities.current().notAfter()).isAfter(time.now);
        }
    }

    @Test
    void t25_should_make_a_new_certificate_when_the_clock_went_back() throws Exception {
        try (AttestedIdentities identities = start()) {
            time.now = START.minus(Duration.ofDays(1));
            identities.look();
            assertThat(identities.current().notBefore()).isBeforeOrEqualTo(time.now);
        }
    }

    @Test
    void should_fail_to_start_without_evidence() {
        broken = true;
        assertThatThrownBy(this::start)
                .isInstanceOfSatisfying(
                        GuestException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LATE));
    }

    @Test
    void should_refuse_to_renew_later_than_after_half_of_a_certificates_life() {
        assertThatThrownBy(() -> AttestedIdentities.start(this::make, time, Duration.ofHours(13), executor))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AttestedIdentities.start(this::make, time, Duration.ZERO, executor))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void should_look_no_more_when_closed() throws Exception {
        AttestedIdentities identities = start();
        assertThat(executor.getQueue()).hasSize(1);
        executor.setRemoveOnCancelPolicy(true);
        identities.close();
        assertThat(executor.getQueue()).isEmpty();
    }
}
