package io.cocoon.ton.center;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link TonCenterChain} works. Immutable; {@code with} methods make changed copies. {@link #toString} does not show the API key.
 *
 * @param api where version 2 of the API is: https, or http on a loopback address; whoever answers there is trusted
 * @param testnet whether addresses carry the test network's flag; a server of the other public network is refused
 * @param apiKey sent with every request; null for none
 * @param spacing the least time between two requests; without a key the public servers take one in a second
 * @param requestTimeout for one request
 * @param deadline for one question with its waits and repetitions, 1 s or more; a long history takes several questions
 * @param maxHeadAge how old the newest block may be by {@code clock}; older is {@code STALE}
 * @param clock what time it is
 */
public record TonCenterSettings(
        URI api,
        boolean testnet,
        @Nullable String apiKey,
        Duration spacing,
        Duration requestTimeout,
        Duration deadline,
        Duration maxHeadAge,
        Clock clock) {

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern KEY = Pattern.compile("[!-~]{1,256}");
    private static final Duration WITHOUT_KEY = Duration.ofMillis(1_100);
    private static final Duration WITH_KEY = Duration.ofMillis(110);

    /** Checks. @throws IllegalArgumentException if an address, a key or a time is not as described */
    public TonCenterSettings {
        String host = api.getHost();
        boolean secure = "https".equals(api.getScheme());
        boolean local = "http".equals(api.getScheme()) && host != null && LOOPBACK.contains(host);
        if (host == null || !(secure || local) || api.getQuery() != null || api.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "wanted an https address without query and user, or http on a loopback address,"
                            + " such as https://toncenter.com/api/v2/; got one with scheme " + api.getScheme()
                            + " and host "
                            + host);
        }
        if (apiKey != null && !KEY.matcher(apiKey).matches()) {
            // Without the key: it is a secret even if it is malformed.
            throw new IllegalArgumentException(
                    "an API key has 1 to 256 printable ASCII characters and no space, this one has " + apiKey.length()
                            + " characters");
        }
        requireTime("spacing", spacing, Duration.ZERO);
        requireTime("request timeout", requestTimeout, Duration.ofMillis(1));
        requireTime("deadline", deadline, Duration.ofSeconds(1));
        requireTime("age of the newest block", maxHeadAge, Duration.ofMillis(1));
    }

    private static void requireTime(String name, Duration time, Duration least) {
        if (time.compareTo(least) < 0 || time.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("the " + name + " is " + least + " to a day, got " + time);
        }
    }

    /** Is TON Center's public server of the main network, without a key. */
    public static TonCenterSettings mainnet() {
        return of(URI.create("https://toncenter.com/api/v2/"), false);
    }

    /** Is TON Center's public server of the test network, without a key. */
    public static TonCenterSettings testnetServer() {
        return of(URI.create("https://testnet.toncenter.com/api/v2/"), true);
    }

    /** Returns the defaults for a server: no key, a request in 1.1 s, 10 s for a request, 30 s for a question, blocks of at most a minute. */
    public static TonCenterSettings of(URI api, boolean testnet) {
        return new TonCenterSettings(
                api,
                testnet,
                null,
                WITHOUT_KEY,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofMinutes(1),
                Clock.systemUTC());
    }

    /** Sends a key, and up to nine requests a second, as the smallest plan allows. */
    public TonCenterSettings withApiKey(String key) {
        return new TonCenterSettings(api, testnet, key, WITH_KEY, requestTimeout, deadline, maxHeadAge, clock);
    }

    /** Sets the least time between two requests, 0 or more. */
    public TonCenterSettings withSpacing(Duration time) {
        return new TonCenterSettings(api, testnet, apiKey, time, requestTimeout, deadline, maxHeadAge, clock);
    }

    /** Sets the times for a request, for a question, and the greatest age of the newest block. */
    public TonCenterSettings withTimes(Duration request, Duration question, Duration headAge) {
        return new TonCenterSettings(api, testnet, apiKey, spacing, request, question, headAge, clock);
    }

    /** Sets what time it is. */
    public TonCenterSettings withClock(Clock value) {
        return new TonCenterSettings(api, testnet, apiKey, spacing, requestTimeout, deadline, maxHeadAge, value);
    }

    @Override
    public String toString() {
        return "TonCenterSettings[" + api + ", testnet=" + testnet + ", "
                + (apiKey == null ? "no API key" : "an API key")
                + ", spacing=" + spacing + ", requestTimeout=" + requestTimeout + ", deadline=" + deadline
                + ", maxHeadAge=" + maxHeadAge + "]";
    }
}
