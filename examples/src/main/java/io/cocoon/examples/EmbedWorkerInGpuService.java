package io.cocoon.examples;

import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.Transport;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.EngineException;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import io.cocoon.worker.WorkerRuntime;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Semaphore;

// A service that owns a GPU and has customers of its own lends what they leave idle. Its customers come first: when
// they take
// the last slot, the worker takes no more queries, proxies hear of it at once, and clients go elsewhere.
//
//     examples/run EmbedWorkerInGpuService
//
// A network in this JVM, a few seconds: the worker answers while the service is idle, refuses while it is busy, answers
// again.

/** See the comment above. */
public final class EmbedWorkerInGpuService {

    private static final Address PAYOUT = new Address(0, Int256.fromHex("00".repeat(31) + "02"));

    private EmbedWorkerInGpuService() {}

    public static void main(String[] args) throws InterruptedException {
        run(System.out);
    }

    /** The service as it was before: a model, and as many slots as the GPU has. */
    private static final class GpuService {
        private final Semaphore slots = new Semaphore(2);
        private Runnable slotsChanged = () -> {};

        String generate(String prompt) {
            return "The GPU says: " + prompt.length() + " characters.";
        }

        void customersTake(int count) throws InterruptedException {
            slots.acquire(count);
            slotsChanged.run();
        }

        void customersLeave(int count) {
            slots.release(count);
            slotsChanged.run();
        }
    }

    /** What is new: an engine that takes a slot only if one is free, and never waits for one. */
    private static final class IdleSlots implements InferenceEngine {
        private final GpuService service;
        private final ChatEngine chat;

        IdleSlots(GpuService service) {
            this.service = service;
            this.chat = ChatEngine.of((request, out) -> out.emit(service.generate(request.lastUserText())));
        }

        @Override
        public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
            if (!service.slots.tryAcquire()) {
                // The proxy asks another worker; the client is charged nothing.
                throw new EngineException(ErrorCodes.NOT_READY, "worker: the owner needs the GPU");
            }
            try {
                chat.answer(request, sink, cancellation);
            } finally {
                service.slots.release();
            }
        }
    }

    static void run(PrintStream out) throws InterruptedException {
        GpuService service = new GpuService();
        SecureRandom random = new SecureRandom();
        RaTls simulated = RaTls.builder()
                .identity(CertificateIdentity.simulatedTdx(Clock.systemUTC(), random))
                .policy(SimulatedEvidence.policy())
                .build();
        try (TestNetwork network =
                        TestNetwork.builder().withoutChain().workers(0).start();
                Transport transport = Transport.builder().build();
                WorkerRuntime worker = WorkerRuntime.builder()
                        .chain(network.contracts())
                        .owner(PAYOUT)
                        .model(network.model() + "@lent:" + "0".repeat(64))
                        .engine(new IdleSlots(service))
                        .maxActiveRequests(2)
                        .direct(transport, simulated) // on the main network: attested(…)
                        .build();
                CocoonClient cocoon = network.clientBuilder()
                        .deadlines(Deadlines.DEFAULT.withConnect(Duration.ofSeconds(20)))
                        .maxAttempts(1)
                        .build()) {
            service.slotsChanged = () -> {
                if (service.slots.availablePermits() == 0) {
                    worker.disable();
                } else {
                    worker.enable();
                }
            };
            worker.start();
            Endings.until("the worker serves", () -> worker.status().isServing());
            Endings.until("the proxy knows", () -> ask(cocoon, network).startsWith("The GPU"));
            out.println("Idle: " + ask(cocoon, network));

            service.customersTake(2);
            Endings.until("the proxy knows", () -> !ask(cocoon, network).startsWith("The GPU"));
            out.println("Busy: " + ask(cocoon, network));

            service.customersLeave(1);
            Endings.until("the proxy knows", () -> ask(cocoon, network).startsWith("The GPU"));
            out.println("Idle again: " + ask(cocoon, network));
        }
    }

    private static String ask(CocoonClient cocoon, TestNetwork network) {
        try {
            return cocoon.chat(network.model()).user("Are you free?").send().text();
        } catch (CocoonException.Capacity e) {
            return String.valueOf(e.getMessage());
        }
    }
}
