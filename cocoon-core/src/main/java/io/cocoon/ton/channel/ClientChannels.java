package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.store.StateStore;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.channel.ChannelWatch.Goal;
import io.cocoon.ton.channel.ClientChannel.Effect;
import io.cocoon.ton.channel.ClientChannel.Event;
import io.cocoon.ton.channel.ClientChannel.Kind;
import io.cocoon.ton.channel.ClientChannel.Step;
import io.cocoon.ton.channel.ClientChannel.Wish;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.ton.wallet.WalletSigner;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All payment channels of one client's wallet: opened, topped up, and closed as their owner wants, across crashes, lost messages
 * and a chain that is away ({@link ClientChannel} and {@link ChannelRules} say how).
 *
 * <p>Promises: never deposits more than {@link Settings#limit} in all its life, as long as its states are kept; each deposit goes
 * out once. Not promised: that a proxy works for the money; and what a proxy that has vanished costs is what {@link
 * ChannelMoney#atRisk} says.
 *
 * <p>Thread-safe. Everything runs on the given timer; methods may wait for the disk, never for the chain. {@link #close} leaves
 * everything on the disk and closes no channel.
 */
public final class ClientChannels implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClientChannels.class);
    private static final int SECRET_BYTES = 32;

    /**
     * What the owner allows, and how often the chain is looked at.
     *
     * @param firstDeposit what opening a channel puts in; empty for one stake, as the reference
     * @param limit the most that all deposits of all channels may ever be together; what came back does not count against it
     * @param maxAtRisk the most that a vanished proxy may cost for each channel; empty for the client's stake
     * @param patience how long after its unlock time a refund waits for a proxy that could grant more than force gives
     * @param backOff after a request that a contract refused, doubled each time
     * @param poll between two looks at each contract
     * @param wallet how the wallet sends
     */
    public record Settings(
            Optional<Nanoton> firstDeposit,
            Nanoton limit,
            Optional<Nanoton> maxAtRisk,
            Duration patience,
            Duration backOff,
            Duration poll,
            WalletSender.Settings wallet) {}

    /**
     * What became of something that was asked for.
     *
     * @param contract of which channel
     * @param amount what went in, or comes back: what the contract asked its proxy contract to pay to the wallet, after a close
     *     all of it since closing began; what a forced refund cannot get is not in it
     * @param what for people
     */
    public record Result(Address contract, Nanoton amount, String what) {}

    private final TonChain chain;
    private final Supplier<RootState> root;
    private final WalletSender wallet;
    private final StateStore store;
    private final Settings settings;
    private final SecureRandom random;
    private final ScheduledExecutorService timer;
    private final Consumer<String> alarms;
    private final Consumer<Opening> beforeOpening;
    private final String secret;
    private final Int256 secretHash;
    private final Map<Address, ChannelWatch> watches = new ConcurrentHashMap<>();
    private Nanoton before;
    private boolean closed;

    private ClientChannels(
            TonChain chain,
            Supplier<RootState> root,
            WalletSender wallet,
            StateStore store,
            Settings settings,
            SecureRandom random,
            ScheduledExecutorService timer,
            Consumer<String> alarms,
            Consumer<Opening> beforeOpening,
            String secret,
            Nanoton before) {
        this.chain = chain;
        this.root = root;
        this.wallet = wallet;
        this.store = store;
        this.settings = settings;
        this.random = random;
        this.timer = timer;
        this.alarms = alarms;
        this.beforeOpening = beforeOpening;
        this.secret = secret;
        this.secretHash = sha256(secret);
        this.before = before;
    }

    /**
     * Opens what the states hold and goes on with it.
     *
     * @param root the newest root state
     * @param signer owns the contracts and pays
     * @param states one store for each name; only this may use them
     * @param secret what opens connections; empty to use the one that was made here before, or to make one of 32 random bytes
     * @param timer runs everything; not shut down here
     * @param alarms is told what the owner should know, once for each text within ten minutes
     * @param beforeOpening is called before each deposit that opens a channel; if it throws, that is not made
     * @throws IOException if a state cannot be read or written, or is another wallet's
     */
    public static ClientChannels open(
            TonChain chain,
            Supplier<RootState> root,
            WalletSigner signer,
            Function<String, StateStore> states,
            Optional<String> secret,
            Settings settings,
            Clock clock,
            SecureRandom random,
            ScheduledExecutorService timer,
            Consumer<String> alarms,
            Consumer<Opening> beforeOpening)
            throws IOException {
        StateStore store = states.apply("channels");
        ChannelCodec.Saved saved = load(signer.address(), store);
        String used = secret.isPresent() ? secret.get() : secret(states.apply("secret"), random);
        Consumer<String> once = new OnceInAWhile(alarms, clock);
        WalletSender wallet =
                WalletSender.open(chain, signer, states.apply("wallet"), settings.wallet(), clock, timer, alarms);
        ClientChannels channels = new ClientChannels(
                chain, root, wallet, store, settings, random, timer, once, beforeOpening, used, saved.before());
        synchronized (channels) {
            saved.channels().forEach(channels::watch);
        }
        return channels;
    }

    private static ChannelCodec.Saved load(Address wallet, StateStore store) throws IOException {
        Optional<Bytes> bytes = store.load();
        if (bytes.isEmpty()) {
            return new ChannelCodec.Saved(Nanoton.ZERO, List.of());
        }
        try {
            return ChannelCodec.read(wallet, bytes.get());
        } catch (TlException e) {
            throw new IOException("the channels of wallet " + wallet + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** 32 random bytes as text, so that every program of the network can be given it (H51). */
    private static String secret(StateStore store, SecureRandom random) throws IOException {
        Optional<Bytes> known = store.load();
        if (known.isPresent()) {
            return known.get().toUtf8();
        }
        byte[] made = new byte[SECRET_BYTES];
        random.nextBytes(made);
        String text = Base64.getEncoder().encodeToString(made);
        store.save(Bytes.utf8(text));
        return text;
    }

    private static Int256 sha256(String text) {
        try {
            return Int256.of(
                    MessageDigest.getInstance("SHA-256").digest(Bytes.utf8(text).toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Returns the secret whose hash all channels hold. Whoever has it can spend what they hold: never print it. */
    public String secret() {
        return secret;
    }

    /** Returns how the wallet is doing. */
    public WalletSender.Status wallet() {
        return wallet.status();
    }

    /** Returns all channels that are not over. Waits for nothing. */
    public List<ChannelStatus> all() {
        return watches.values().stream().map(ChannelWatch::status).toList();
    }

    // ---- what the client asks for

    /**
     * Makes sure that there is a channel with a proxy: follows it if it exists, else opens it.
     *
     * @return ends when the contract exists, or the orders that make it are on the disk, so that {@link #register} comes after
     *     them; fails with {@link ChannelException} if the deposit is not allowed or the contract can not be used any more
     * @throws IOException if it could not be written down
     * @throws IllegalArgumentException if the root contract has no usable code of client contracts
     */
    public CompletionStage<ChannelStatus> enter(RootState root, Address proxyContract, Int256 proxyKey)
            throws IOException {
        byte[] seed = new byte[Int256.BYTES];
        random.nextBytes(seed);
        ClientChannel fresh = ClientChannel.begin(root, wallet.address(), proxyContract, proxyKey, Int256.of(seed));
        return follow(fresh, ChannelWatch::entering);
    }

    /**
     * Follows a contract that exists, and takes everything back from it.
     *
     * @param init what it was deployed with
     * @return ends when the contract is closed
     * @throws IOException if it could not be written down
     * @throws CellException if a client contract does not start so
     */
    public CompletionStage<Result> takeBack(StateInit init) throws IOException, CellException {
        byte[] seed = new byte[Int256.BYTES];
        random.nextBytes(seed);
        ClientChannel fresh = ClientChannel.begin(init, Int256.of(seed), Wish.CLOSE);
        CompletionStage<Result> closed = follow(fresh, watch -> watch.waitFor(Goal.CLOSED));
        step(fresh.contract(), new Event.Want(Wish.CLOSE));
        return closed;
    }

    /** Whoever waits does so before the first look, which may end a channel. */
    private <T> T follow(ClientChannel fresh, Function<ChannelWatch, T> waiting) throws IOException {
        ChannelWatch watch;
        T result;
        synchronized (this) {
            requireOpen();
            watch = watches.get(fresh.contract());
            if (watch == null) {
                if (watches.size() >= ChannelCodec.MAX_CHANNELS) {
                    throw new IllegalStateException(
                            "this wallet has " + watches.size() + " channels, which is the most; close some of them");
                }
                List<ClientChannel> all = states();
                all.add(fresh);
                store.save(ChannelCodec.write(wallet.address(), new ChannelCodec.Saved(before, all)));
                watch = watch(fresh);
            }
            result = waiting.apply(watch);
        }
        watch.lookSoon();
        return result;
    }

    /**
     * Shows the proxy that gave this nonce that the owner is there.
     *
     * @throws IOException if the order could not be written down
     * @throws IllegalArgumentException if there is no such channel
     */
    public void register(Address contract, long nonce) throws IOException {
        wallet.send(watched(contract).state().registration(nonce));
    }

    /**
     * Takes a signed payment.
     *
     * @param payment a charge for this contract, whose signature was checked
     */
    public void paid(Address contract, long tokens, Bytes payment) {
        try {
            step(contract, new Event.Paid(new ClientChannel.Payment(tokens, BagOfCells.read(payment))));
        } catch (CellException e) {
            throw new IllegalArgumentException("a payment that was checked can be read", e);
        } catch (IOException e) {
            LOG.warn("a signed payment of contract {} could not be kept: {}", contract, e.getMessage());
        }
    }

    /** Takes how many tokens a proxy says were used; decides about top-ups. Waits for nothing. */
    public void used(Address contract, long tokens) {
        ChannelWatch watch = watches.get(contract);
        if (watch != null) {
            watch.known(tokens);
        }
    }

    /**
     * Deposits, rounded down to whole tokens.
     *
     * @return ends when the contract has it; fails with {@link ChannelException} if it must not be
     * @throws IOException if it could not be written down
     * @throws IllegalArgumentException if there is no such channel
     */
    public CompletionStage<Result> topUp(Address contract, Nanoton amount) throws IOException {
        return want(contract, new Event.Ask(amount), Goal.TOPPED_UP);
    }

    /**
     * Takes back what is above the stake.
     *
     * @return ends when the contract has asked its proxy contract to pay
     * @throws IOException if it could not be written down
     * @throws IllegalArgumentException if there is no such channel
     */
    public CompletionStage<Result> withdraw(Address contract) throws IOException {
        return want(contract, new Event.Want(Wish.WITHDRAW), Goal.WITHDRAWN);
    }

    /**
     * Brings the chain forward to the newest payment that the proxy has signed. Moves no money but the network's fees: what is
     * charged stays with the proxy contract. Done at once if the chain is there already.
     *
     * @return ends when the contract has counted it
     * @throws IOException if it could not be written down
     * @throws IllegalArgumentException if there is no such channel
     */
    public CompletionStage<Result> charge(Address contract) throws IOException {
        return want(contract, new Event.Want(Wish.CHARGE), Goal.CHARGED);
    }

    /**
     * Takes everything back and ends the channel. Takes as long as the network's delay for clients, unless the proxy helps.
     * There is no way back: a closed contract is never opened again.
     *
     * @return ends when the contract is closed
     * @throws IOException if it could not be written down
     * @throws IllegalArgumentException if there is no such channel
     */
    public CompletionStage<Result> close(Address contract) throws IOException {
        return want(contract, new Event.Want(Wish.CLOSE), Goal.CLOSED);
    }

    private CompletionStage<Result> want(Address contract, Event event, Goal goal) throws IOException {
        ChannelWatch watch = watched(contract);
        boolean replaces = event instanceof Event.Want && watch.state().wish() != Wish.CLOSE;
        CompletionStage<Result> result = watch.waitFor(goal);
        step(contract, event);
        if (replaces) {
            // Only now: had it not been written, the earlier wish would still be there.
            watch.replaced(goal);
        }
        watch.lookSoon();
        return result;
    }

    private synchronized ChannelWatch watched(Address contract) {
        requireOpen();
        ChannelWatch watch = watches.get(contract);
        if (watch == null) {
            throw new IllegalArgumentException(
                    "there is no channel with contract " + contract + "; there are " + watches.keySet());
        }
        return watch;
    }

    // ---- steps

    private ChannelWatch watch(ClientChannel state) {
        ChannelWatch watch = new ChannelWatch(state);
        watches.put(state.contract(), watch);
        watch.follow(chain, settings.poll(), timer, new ChannelWatch.Ear() {
            @Override
            public void seen(Event.Seen seen) throws IOException {
                step(state.contract(), seen);
            }

            @Override
            public void looked(AccountState account) {
                chain.account(state.origin().proxy())
                        .whenCompleteAsync(
                                (proxy, error) -> bothLooked(state.contract(), account, proxy, error), timer);
            }
        });
        return watch;
    }

    private void bothLooked(
            Address contract, AccountState account, @Nullable AccountState proxy, @Nullable Throwable error) {
        if (proxy == null) {
            LOG.debug("the proxy of contract {} could not be looked at: {}", contract, String.valueOf(error));
            return;
        }
        try {
            ChannelWatch watch;
            synchronized (this) {
                watch = watches.get(contract);
            }
            if (watch != null) {
                look(watch, account, proxy);
            }
        } catch (CellException e) {
            alarms.accept(
                    "contract " + contract + " or its proxy contract has data of another kind: " + e.getMessage());
        } catch (IOException e) {
            alarms.accept(
                    "nothing is done for contract " + contract + ", its state could not be written: " + e.getMessage());
        }
    }

    private void look(ChannelWatch watch, AccountState account, AccountState proxy) throws CellException, IOException {
        Optional<ContractData.Client> client = Optional.empty();
        if (account.data().isPresent()) {
            client = Optional.of(ContractData.Client.read(account.data().get()));
        }
        Optional<ContractData.Proxy> other = Optional.empty();
        if (proxy.data().isPresent()) {
            other = Optional.of(ContractData.Proxy.read(proxy.data().get()));
        }
        Address contract = account.address();
        Event.Look look = new Event.Look(
                account,
                client,
                proxy.balance(),
                other,
                proxy.at().time(),
                root.get().params(),
                watch.known());
        ClientChannel state = watch.state();
        Optional<String> veto = veto(state, look);
        if (veto.isPresent()) {
            step(contract, new Event.Forget());
            watch.ended("no channel was opened: " + veto.get());
            return;
        }
        watch.seen(client);
        List<Effect> effects = step(contract, look, state);
        if (effects.stream().noneMatch(Effect.Alarm.class::isInstance)) {
            watch.problem(null);
        }
        watch.usable(client.map(each -> each.state().state()));
    }

    /** Asks the owner before a channel is opened, without any lock. */
    private Optional<String> veto(ClientChannel state, Event.Look look) {
        Step step;
        synchronized (this) {
            step = state.after(look, terms(state));
        }
        Optional<ClientChannel.Request> opening = step.next()
                .request()
                .filter(request -> request.kind() == Kind.OPEN && look.client().isEmpty())
                .filter(request -> state.request().isEmpty());
        if (opening.isEmpty()) {
            return Optional.empty();
        }
        try {
            beforeOpening.accept(new Opening(
                    state.contract(),
                    state.origin().proxy(),
                    opening.get().amount(),
                    state.origin().state().stake(),
                    look.proxy().map(ContractData.Proxy::stake).orElse(Nanoton.ZERO),
                    state.origin().params()));
            return Optional.empty();
        } catch (RuntimeException e) {
            LOG.debug("the owner's listener refused to open {}", state.contract(), e);
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** Takes a step: next state, disk, effects, in this order. */
    private List<Effect> step(Address contract, Event event) throws IOException {
        return step(contract, event, null);
    }

    /** Likewise, if the channel is still in the state {@code only}. */
    private List<Effect> step(Address contract, Event event, @Nullable ClientChannel only) throws IOException {
        ChannelWatch watch;
        List<Effect> effects;
        synchronized (this) {
            watch = watches.get(contract);
            if (watch == null || closed || only != null && watch.state() != only) {
                return List.of();
            }
            Step step = watch.state().after(event, terms(watch.state()));
            if (!step.next().equals(watch.state())) {
                save(step.next());
                watch.state(step.next());
                if (step.next().over()) {
                    before = before.plus(step.next().deposited());
                    watches.remove(contract);
                    watch.close();
                }
            }
            effects = step.effects();
        }
        for (Effect effect : effects) {
            carryOut(watch, effect);
        }
        return effects;
    }

    private void save(ClientChannel changed) throws IOException {
        List<ClientChannel> all = states();
        all.replaceAll(each -> each.contract().equals(changed.contract()) ? changed : each);
        Nanoton over = before;
        if (changed.over()) {
            all.remove(changed);
            over = over.plus(changed.deposited());
        }
        store.save(ChannelCodec.write(wallet.address(), new ChannelCodec.Saved(over, all)));
    }

    private List<ClientChannel> states() {
        return new ArrayList<>(
                watches.values().stream().map(ChannelWatch::state).toList());
    }

    private ChannelTerms terms(ClientChannel of) {
        Nanoton used = before;
        for (ChannelWatch each : watches.values()) {
            ClientChannel state = each.state();
            used = used.plus(state.deposited());
            if (!state.contract().equals(of.contract())) {
                used = used.plus(
                        state.request().map(ClientChannel.Request::deposit).orElse(Nanoton.ZERO));
            }
        }
        return new ChannelTerms(
                settings.firstDeposit(),
                settings.limit().minus(used),
                settings.maxAtRisk(),
                settings.patience(),
                settings.backOff(),
                secretHash);
    }

    private void carryOut(ChannelWatch watch, Effect effect) {
        Address contract = watch.state().contract();
        if (effect instanceof Effect.Hand hand) {
            try {
                wallet.send(hand.order()).whenComplete((by, error) -> {
                    if (by != null && hand.last()) {
                        sent(contract, hand.number());
                    }
                });
            } catch (IOException | IllegalStateException e) {
                // Handed over again at the next look.
                alarms.accept("an order for contract " + contract + " was not taken: " + e.getMessage());
            }
        } else if (effect instanceof Effect.Alarm alarm) {
            watch.problem(alarm.text());
            alarms.accept(alarm.text());
        } else if (effect instanceof Effect.Refused refused) {
            watch.refused(refused.text(), Goal.TOPPED_UP);
            alarms.accept(refused.text());
        } else if (effect instanceof Effect.Done done) {
            done(watch, contract, done);
        } else if (effect instanceof Effect.Over over) {
            watch.done(Goal.CLOSED, new Result(contract, watch.state().returned(), over.how()));
            watch.ended("the channel with contract " + contract + " has ended: " + over.how());
        }
    }

    private static void done(ChannelWatch watch, Address contract, Effect.Done done) {
        watch.problem(null);
        switch (done.kind()) {
            case OPEN, TOP_UP ->
                watch.done(Goal.TOPPED_UP, new Result(contract, done.amount(), "deposited " + done.amount()));
            case WITHDRAW ->
                watch.done(Goal.WITHDRAWN, new Result(contract, done.amount(), "withdrew " + done.amount()));
            case CHARGE ->
                watch.done(Goal.CHARGED, new Result(contract, Nanoton.ZERO, "the chain has what the proxy has signed"));
            case CHANGE_SECRET, REFUND, FORCE -> {}
        }
        watch.lookSoon();
    }

    private void sent(Address contract, int number) {
        try {
            step(contract, new Event.Sent(number));
        } catch (IOException e) {
            LOG.debug("that request {} of {} went out is noticed again later: {}", number, contract, e.getMessage());
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the channels of wallet " + wallet.address() + " were closed");
        }
    }

    @Override
    public void close() {
        List<ChannelWatch> all;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            all = List.copyOf(watches.values());
        }
        for (ChannelWatch watch : all) {
            watch.stopped("closed before that was done; what is under way goes on the next time");
        }
        wallet.close();
    }
}
