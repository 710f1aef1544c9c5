package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.proxy.ContractSchedule.Claim;
import io.cocoon.proxy.ContractSchedule.Effect;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.proxy.ContractSchedule.Party;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Random histories of a proxy contract with clients and workers: bills, commits, deposits, messages that are late or fail,
 * looks that are old, and crashes before and after every order. Then it is closed, and everybody has what is his to the nanoton.
 */
class ContractScheduleProperties {

    private static final Address PROXY = new Address(0, TestHashes.of("proxy contract"));
    private static final Prices PRICES = new Prices(new Nanoton(20), new Nanoton(19), 1, 1, 1, 1);
    private static final ProxyContracts.Amounts AMOUNTS =
            new ProxyContracts.Amounts(Nanoton.ofTon("0.001"), Nanoton.ofTon("0.002"), Nanoton.ofTon("0.0001"));
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** What a new contract has: little more than it has to keep. */
    private static final long DEPLOYED = 51_000_000;

    /** A client's or worker's contract, and the ledger's line of it. */
    private static final class Model {
        private final Side side;
        private ContractState state = ContractState.NORMAL;
        private long tokens;
        private long balance;
        private long deposited;
        private long signed;
        private long db;
        private long max;

        private Model(Side side) {
            this.side = side;
        }

        private Party look(Address contract) {
            return new Party(side, contract, state, tokens, new Nanoton(balance));
        }

        private Claim claim() {
            return new Claim(new Ledger.Totals(signed, db, max), false);
        }
    }

    private static final class World {
        private final Random random;
        private final Map<Address, Model> models = new LinkedHashMap<>();
        private final Set<ContractTask> known = new HashSet<>();
        private final Set<ContractTask> gone = new HashSet<>();
        private final Set<ContractTask> awaited = new HashSet<>();
        private final Deque<ContractTask> wallet = new ArrayDeque<>();
        private final List<Address> notices = new ArrayList<>();
        private final Map<Address, Long> paid = new LinkedHashMap<>();
        private ContractSchedule schedule = fresh();
        private Instant time = Instant.ofEpochSecond(1_800_000_000);
        private boolean isDeployed;
        private long account;
        private long earnings;
        private ContractState state = ContractState.NORMAL;
        private Instant unlockAt = Instant.EPOCH;
        private Own last;
        private boolean isClosing;
        private boolean isCalm;
        private long lost;
        private final boolean isPoor;
        private long gift;

        private World(long seed) {
            random = new Random(seed);
            isPoor = (seed & 1) != 0;
            for (int i = 0; i < 3; i++) {
                models.put(new Address(0, TestHashes.of("client " + i)), new Model(Side.CLIENT));
                models.put(new Address(0, TestHashes.of("worker " + i)), new Model(Side.WORKER));
            }
            last = own();
        }

        private static ContractSchedule fresh() {
            return new ContractSchedule(PROXY, PRICES, AMOUNTS, PATIENCE);
        }

        private Own own() {
            return new Own(
                    time,
                    isDeployed ? AccountState.Status.ACTIVE : AccountState.Status.NONE,
                    new Nanoton(account),
                    state,
                    new Nanoton(earnings),
                    unlockAt);
        }

        private String describe() {
            StringBuilder text = new StringBuilder(
                    "proxy %s %s at %s, account %d, wallet %s".formatted(isDeployed, state, time, account, wallet));
            models.forEach(
                    (contract, model) -> text.append("\n%s %s, chain %d, signed %d, max %d, balance %d, settled %s"
                            .formatted(
                                    model.side,
                                    model.state,
                                    model.tokens,
                                    model.signed,
                                    model.max,
                                    model.balance,
                                    schedule.isSettled(contract))));
            return text.toString();
        }

        private Model model(Address contract) {
            return TestProxy.there(models.get(contract));
        }

        private Address any(Side side) {
            List<Address> all = models.entrySet().stream()
                    .filter(each -> each.getValue().side == side)
                    .map(Map.Entry::getKey)
                    .toList();
            return all.get(random.nextInt(all.size()));
        }

        private void crash() {
            schedule = fresh();
            awaited.clear();
            last = own();
            if (isClosing) {
                schedule.close();
            }
        }

        private void step() {
            time = time.plusSeconds(random.nextInt(40));
            switch (random.nextInt(isCalm ? 3 : 9)) {
                case 0 -> lookAtOwn();
                case 1 -> lookAtParty(random.nextBoolean() ? any(Side.CLIENT) : any(Side.WORKER));
                case 2 -> deliver();
                case 3, 4 -> bill();
                case 5 -> commit();
                case 6 -> deposit();
                case 7 -> askForRefund();
                default -> {
                    if (random.nextInt(4) == 0) {
                        crash();
                    }
                }
            }
        }

        private void bill() {
            Model client = model(any(Side.CLIENT));
            Model worker = model(any(Side.WORKER));
            // As at admission: not above what was paid in, and nothing for one who leaves. A poor proxy has let clients
            // overrun.
            long tokens = 1L + random.nextInt(isPoor ? 600_000 : 60_000);
            if (!isClosing
                    && isDeployed
                    && client.state == ContractState.NORMAL
                    && (isPoor || client.max + tokens <= client.tokens + client.balance / 20)) {
                client.max += tokens;
                worker.max += tokens;
            }
        }

        private void commit() {
            for (Model model : models.values()) {
                model.signed = model.db;
                model.db = model.max;
            }
        }

        private void deposit() {
            Model client = model(any(Side.CLIENT));
            if (client.state == ContractState.NORMAL && isDeployed && !isClosing) {
                long amount = 1L + random.nextInt(5_000_000);
                client.balance += amount;
                client.deposited += amount;
                account += amount;
            }
        }

        private void askForRefund() {
            Model client = model(any(Side.CLIENT));
            if (random.nextInt(10) == 0 && client.state == ContractState.NORMAL) {
                client.state = ContractState.CLOSING;
            }
        }

        private void lookAtOwn() {
            notices.forEach(schedule::paid);
            notices.clear();
            last = own();
            schedule.waiting(wallet.size(), time);
            boolean settled = !isDeployed || models.keySet().stream().allMatch(schedule::isSettled);
            carryOut(schedule.looked(last, isClosing && settled));
        }

        private void lookAtParty(Address contract) {
            Model model = model(contract);
            if (isDeployed && schedule.wantsLook(model.side, contract, model.claim(), last.time())) {
                carryOut(schedule.looked(model.look(contract), model.claim(), last));
            }
        }

        private void carryOut(List<Effect> effects) {
            for (Effect effect : effects) {
                if (effect instanceof Effect.RolledBack back) {
                    throw new AssertionError("taken for an old database: " + back);
                }
                if (!(effect instanceof Effect.Send send)) {
                    continue;
                }
                if (!isCalm && random.nextInt(8) == 0) {
                    crash();
                    return;
                }
                Model model = models.get(send.task().contract());
                if (model != null) {
                    assertThat(send.task().total()).as("H40: signed").isLessThanOrEqualTo(model.signed);
                }
                if (known.add(send.task())) {
                    wallet.add(send.task());
                }
                awaited.add(send.task());
                if (gone.contains(send.task())) {
                    schedule.wentOut(send.task(), last.time());
                }
                if (!isCalm && random.nextInt(8) == 0) {
                    crash();
                    return;
                }
            }
        }

        private void deliver() {
            ContractTask task = wallet.poll();
            if (task == null) {
                return;
            }
            gone.add(task);
            if (isCalm || random.nextInt(4) > 0) {
                apply(task);
            }
            if (awaited.remove(task)) {
                schedule.wentOut(task, last.time());
            }
        }

        private void apply(ContractTask task) {
            switch (task.operation()) {
                case DEPLOY -> {
                    isDeployed = true;
                    account += DEPLOYED;
                }
                case CHARGE -> {
                    Model model = model(task.contract());
                    if (model.state != ContractState.CLOSED && task.total() > model.tokens) {
                        charge(model, task.total());
                    }
                }
                case GRANT_REFUND -> {
                    Model model = model(task.contract());
                    if (model.state != ContractState.CLOSED && task.total() >= model.tokens) {
                        charge(model, task.total());
                        model.state = ContractState.CLOSED;
                        long refund = model.balance;
                        model.balance = 0;
                        pay(task.contract(), refund);
                    }
                }
                case PAYOUT, LAST_PAYOUT -> payOut(model(task.contract()), task);
                case EARNINGS -> {
                    if (state == ContractState.NORMAL) {
                        pay(PROXY, earnings);
                        earnings = 0;
                    }
                }
                case CLOSE_REQUEST -> {
                    if (state == ContractState.NORMAL) {
                        state = ContractState.CLOSING;
                        unlockAt = time.plusSeconds(3600);
                        assertEverybodyHasWhatIsHis();
                    }
                }
                case CLOSE_COMPLETE -> {
                    if (state == ContractState.CLOSING && !time.isBefore(unlockAt)) {
                        state = ContractState.CLOSED;
                        pay(PROXY, earnings);
                        earnings = 0;
                    }
                }
            }
        }

        private static void charge(Model client, long total) {
            client.balance = Math.max(0, client.balance - 20 * (total - client.tokens));
            client.tokens = total;
        }

        private void payOut(Model worker, ContractTask task) {
            boolean isLast = task.operation() == ContractTask.Operation.LAST_PAYOUT;
            long tokens = task.total() - worker.tokens;
            if (worker.state == ContractState.CLOSED || tokens < (isLast ? 0 : 1)) {
                return;
            }
            worker.tokens = task.total();
            worker.state = isLast ? ContractState.CLOSED : worker.state;
            earnings += tokens;
            pay(task.contract(), 19 * tokens);
        }

        private void pay(Address contract, long amount) {
            notices.add(contract);
            if (amount > account) {
                lost += amount;
                return;
            }
            account -= amount;
            paid.merge(contract, amount, Long::sum);
        }

        private void assertEverybodyHasWhatIsHis() {
            models.forEach((contract, model) -> {
                long got = paid.getOrDefault(contract, 0L);
                if (model.side == Side.WORKER) {
                    assertThat(got).as("I7: the worker's pay").isEqualTo(19 * model.max);
                } else {
                    assertThat(model.balance)
                            .as("left with the client's contract")
                            .isZero();
                    if (!isPoor) {
                        assertThat(got).as("the client's money").isEqualTo(model.deposited - 20 * model.tokens);
                    }
                    assertThat(model.tokens).as("charged").isLessThanOrEqualTo(model.max);
                }
            });
        }
    }

    @Property(tries = 300)
    void should_pay_everybody_once_through_crashes_and_failures(@ForAll long seed) {
        World world = new World(seed);
        for (int i = 0; i < 400; i++) {
            world.step();
            assertThat(world.lost).as("H1: money that nobody gets").isZero();
        }
        boolean wasThere = world.isDeployed;
        world.isClosing = true;
        world.schedule.close();
        for (int i = 0; i < 200; i++) {
            world.step();
        }
        world.isCalm = true;
        if (world.isPoor && world.isDeployed) {
            // The operator sends what is missing.
            world.gift = 10_000_000_000L;
            world.account += world.gift;
        }
        world.commit();
        world.commit();
        for (int i = 0; i < 20_000 && !world.schedule.isFinished(); i++) {
            world.time = world.time.plusSeconds(60);
            world.step();
        }
        assertThat(world.schedule.isFinished()).as(world::describe).isTrue();
        if (wasThere) {
            assertThat(world.state).isEqualTo(ContractState.CLOSED);
        }
        assertThat(world.lost).isZero();
        world.assertEverybodyHasWhatIsHis();
        long in = world.models.values().stream()
                .mapToLong(model -> model.deposited)
                .sum();
        long out = world.paid.values().stream().mapToLong(Long::longValue).sum();
        assertThat(world.account)
                .as("what is left is the deposit of the deployment")
                .isEqualTo((world.isDeployed ? DEPLOYED : 0) + world.gift + in - out);
    }
}
