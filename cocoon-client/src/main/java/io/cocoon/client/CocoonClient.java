package io.cocoon.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ClientChannels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client of one Cocoon network.
 *
 * <pre>{@code
 * try (CocoonClient cocoon = CocoonClient.builder()
 *         .network(network)
 *         .wallet(wallet)
 *         .secret(secret)
 *         .spendingLimit(Nanoton.ofTon("2.5"), Duration.ofDays(1))
 *         .build()) {
 *     ChatReply reply = cocoon.chat("Qwen/Qwen3-32B").user("Why is the sky blue?").maxTokens(200).send();
 *     System.out.println(reply.text());
 *     System.out.println(reply.bill());
 * }
 * }</pre>
 *
 * <p>Connects by itself, to several proxies, and stays connected. Thread-safe; make one and share it. Everything that waits
 * ends at a deadline ({@link Deadlines}), everything that fails is a {@link CocoonException}.
 */
public final class CocoonClient implements AutoCloseable {

    private static final int LONGEST_DETAIL = 2000;

    private final ClientContext context;
    private final ProxyPool pool;
    private final Requests requests;
    private final Observers observers;
    private final @Nullable ChannelSettings channelSettings;
    private final Runnable closeOwned;
    private volatile boolean closed;

    CocoonClient(
            ClientContext context, ProxyPool pool, @Nullable ChannelSettings channelSettings, Runnable closeOwned) {
        this.context = context;
        this.pool = pool;
        this.requests = new Requests(context, pool);
        this.observers = new Observers(context);
        this.channelSettings = channelSettings;
        this.closeOwned = closeOwned;
    }

    /** Returns a builder. */
    public static ClientBuilder builder() {
        return new ClientBuilder();
    }

    /**
     * Begins a chat.
     *
     * @param model base name of a model, as {@link #models} lists it
     */
    public ChatRequest chat(String model) {
        return new ChatRequest(this, model, context.settings().deadlines());
    }

    /**
     * Returns what the network serves now, by name, joined from all connected proxies.
     *
     * @throws CocoonException if no proxy answers
     */
    public List<ModelOffer> models() {
        requireOpen();
        try {
            pool.acquire(context.settings().deadlines().connect());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CocoonException.Cancelled(
                    "the thread was interrupted while models were asked for", "ask again if they are wanted");
        }
        Prices prices = context.root().params().prices();
        Map<String, CompletableFuture<List<ModelOffer>>> lists = new LinkedHashMap<>();
        for (ProxyLink link : pool.readyLinks()) {
            lists.put(link.proxy(), ModelLists.of(link, prices));
        }
        return ModelLists.join(lists);
    }

    /**
     * Sends a request as OpenAI's API defines it, for everything that typed access does not cover.
     *
     * @param method {@code POST}: the network carries nothing else
     * @param path such as {@code /v1/chat/completions}
     * @param json the body; {@code max_coefficient}, {@code timeout} and {@code enable_debug} are taken out of it
     * @return the answer whatever its status; has to be closed
     * @throws CocoonException if there is no answer
     */
    public HttpReply http(String method, String path, String json) {
        return http(method, path, Map.of(), json.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends a request of any content type, such as a form.
     *
     * @param headers content type and the like; credentials and cookies never leave this machine (hazard H15)
     * @see #http(String, String, String)
     */
    public HttpReply http(String method, String path, Map<String, String> headers, byte[] body) {
        Prepared request;
        try {
            request = RawRequests.prepare(
                    method,
                    path,
                    headers,
                    Bytes.copyOf(body),
                    context.settings().deadlines());
        } catch (CocoonException e) {
            observers.unread();
            throw e;
        }
        return new HttpReply(open(request), this);
    }

    /**
     * Checks everything that can be checked without spending: chain, root contract, funds, the way back, proxies, evidence. A
     * client with channels opens them as soon as it connects; built with {@link ChannelSettings#lookOnly} it opens none.
     *
     * <p>Waits until every wanted proxy is ready, has refused, or could not be reached twice; at most for {@link Deadlines#connect}.
     */
    public Diagnosis doctor() {
        requireOpen();
        return new Doctor(context, pool, channelSettings).run();
    }

    /** Returns how it stands with each proxy that it uses or tries to use; waits for nothing. */
    public List<ProxyConnection> connections() {
        return pool.connections();
    }

    /**
     * Returns the client's payment channels: its contracts at the proxies that it uses or used.
     *
     * @throws CocoonException.Configuration if the client was built without {@link ClientBuilder#channels}
     */
    public Channels channels() {
        requireOpen();
        ClientChannels money = context.channels();
        if (money == null || channelSettings == null) {
            throw new CocoonException.Configuration(
                    "this client opens and closes no channels", "call channels(ChannelSettings.in(…)) of the builder");
        }
        return new Channels(money, channelSettings, context.root(), context.executor());
    }

    /** Returns what the network's root contract says, as this client saw it at {@link #rootSeenAt}. */
    public RootState root() {
        return context.root();
    }

    /** Returns when the chain was last heard of. */
    public Instant rootSeenAt() {
        return context.chain().rootSeenAt();
    }

    /** Returns what was spent within the window of the spending limit; running requests are not in it. */
    public Nanoton spent() {
        return context.guard().spent();
    }

    /** Returns what became of the requests that have ended since this client was built; waits for nothing. */
    public ClientTotals totals() {
        return observers.totals();
    }

    /** For tests: what running requests and unsettled bills hold. */
    Nanoton reserved() {
        return context.guard().reserved();
    }

    /** For tests: the connections that can take requests now. */
    List<ProxyLink> links() {
        return pool.readyLinks();
    }

    /** For tests: how many requests wait for their end. */
    int running() {
        return pool.readyLinks().stream().mapToInt(ProxyLink::running).sum();
    }

    /** Returns the evidence of untrue statements by proxies, oldest first; at most the last 256. */
    public List<Dispute> disputes() {
        return context.disputes();
    }

    /**
     * Ends all running requests, closes all connections and leaves no thread. Channels stay open on the chain, and what is
     * under way goes on when their folder is opened again. Does nothing on a closed client.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        pool.close();
        observers.close();
        closeOwned.run();
    }

    private void requireOpen() {
        if (closed) {
            throw new CocoonException.Cancelled("the client is closed", "build another one");
        }
    }

    // ---- what requests of all kinds need

    Answer open(Prepared request) {
        requireOpen();
        Track track = observers.begin(request);
        try {
            return requests.send(request, track);
        } catch (CocoonException e) {
            track.failed(e);
            throw e;
        } catch (RuntimeException e) {
            track.failed(new CocoonException.Configuration(
                    "the request ended by an error of this library: " + e, "report it, with its stack trace", e));
            throw e;
        }
    }

    ChatReply chat(Prepared request) {
        try (Answer answer = open(request)) {
            try {
                AnswerDocuments.Document document = whole(answer);
                ChatAssembler assembler = new ChatAssembler();
                assembler.accept(document.tree(), document.bytes().toUtf8());
                assembler.usage().ifPresent(usage -> check(answer, usage));
                return assembler.reply(answer, answer.bill());
            } catch (CocoonException e) {
                throw answer.failed(e);
            }
        }
    }

    ChatStream chatStream(Prepared request) {
        Answer answer = open(request);
        try {
            if (answer.head().statusCode() >= 400) {
                whole(answer);
            }
        } catch (CocoonException e) {
            answer.failed(e);
            answer.close();
            throw e;
        }
        return new ChatStream(answer, new AnswerDocuments(answer), this);
    }

    private AnswerDocuments.Document whole(Answer answer) {
        AnswerDocuments.Document document = new AnswerDocuments(answer).whole();
        if (answer.head().statusCode() >= 400) {
            throw upstream(answer, document == null ? null : document.tree());
        }
        if (document == null) {
            throw emptyAnswer(answer);
        }
        return document;
    }

    /** Compares what the answer counted with what the proxy charges; a lie is reported, the answer stays good. */
    void check(Answer answer, TokenUsage usage) {
        answer.settlement().usage(usage).ifPresent(context::report);
    }

    CocoonException upstream(Answer answer, @Nullable JsonNode body) {
        int status = answer.head().statusCode();
        String detail = body == null ? "" : body.toString();
        return new CocoonException.Upstream(
                        "the model server behind proxy " + answer.proxy() + " answered with HTTP status " + status,
                        status >= 500
                                ? "send the request again; another worker may do better"
                                : "read detail(), correct the request",
                        CocoonException.NO_CODE,
                        status,
                        detail.length() <= LONGEST_DETAIL ? detail : detail.substring(0, LONGEST_DETAIL) + "…")
                .with(answer.attempts());
    }

    /** C++ workers drop server-sent events and say that all is well (hazard N12). */
    CocoonException emptyAnswer(Answer answer) {
        return new CocoonException.Upstream(
                        "the answer from proxy " + answer.proxy() + " has status "
                                + answer.head().statusCode() + " and no JSON document",
                        "a C++ worker drops streams of server-sent events: use send() instead of stream(), or a proxy with workers of this library",
                        CocoonException.NO_CODE,
                        answer.head().statusCode())
                .with(answer.attempts());
    }

    <T> CompletableFuture<T> async(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        FutureTask<?> task = new FutureTask<>(
                () -> {
                    try {
                        result.complete(work.get());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                null);
        result.whenComplete((value, failure) -> {
            if (result.isCancelled()) {
                task.cancel(true);
            }
        });
        try {
            context.executor().execute(task);
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new CocoonException.Capacity(
                    "the client's executor takes no more requests",
                    "wait for running ones, or give the builder a larger executor",
                    CocoonException.NO_CODE));
        }
        return result;
    }
}
