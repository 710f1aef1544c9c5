package io.cocoon.ton.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.SignedPayments;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.contract.ContractAddresses;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The recorded reference programs of both generations used the same keys, codes and parameters. */
class CapturedPaymentsTest {

    private static final Pattern PAYMENT =
            Pattern.compile("\"proxy\\.signedPayment\", \"data\": \\{\"hex\": \"(b5ee9c72[0-9a-f]+)\"");

    private final JsonNode identities = TestData.json("captures/identities.json");
    private final Ed25519Key proxyKey = key("proxy (machine key and wallet key)");
    private final Address owner =
            Address.parse(identities.get("owner_address_of_all_nodes").asText());
    private final RootState root = FakeTonChain.of(
                    FakeTonConfig.defaults()
                            .withPrices(new Nanoton(2), new Nanoton(1))
                            .withCodes(code("proxy"), code("worker"), code("client")),
                    Address.parse(identities.get("root_contract_address").asText()),
                    false)
            .root();
    private final Address proxy = ContractAddresses.proxy(root, owner, proxyKey.publicKey());
    private final Address wallet =
            ContractAddresses.cocoonWallet(key("client (wallet key)").publicKey(), owner);
    private final Address client = ContractAddresses.client(root, wallet, proxy, proxyKey.publicKey());
    private final Address worker = ContractAddresses.worker(root, owner, proxy, proxyKey.publicKey());

    @Test
    void addresses_of_the_recorded_networks_are_recomputed() {
        JsonNode expected = TestData.json("captures-2026/identities.json").get("contract_addresses");
        assertThat(proxy.toText(false)).isEqualTo(expected.get("proxy").asText());
        assertThat(wallet.toText(false)).isEqualTo(expected.get("client_owner").asText());
        assertThat(client.toText(false)).isEqualTo(expected.get("client").asText());
        assertThat(worker.toText(false)).isEqualTo(expected.get("worker").asText());
    }

    @Test
    void recorded_payments_of_the_earlier_generation_verify_and_are_signed_again_alike() throws Exception {
        assertThat(checkAll("captures")).isGreaterThan(10);
    }

    @Test
    void recorded_payments_of_the_later_generation_verify_and_are_signed_again_alike() throws Exception {
        assertThat(checkAll("captures-2026")).isGreaterThan(10);
    }

    private int checkAll(String folder) throws Exception {
        Set<String> seen = new HashSet<>();
        int skipped = 0;
        for (String file : TestData.list(folder, ".jsonl")) {
            Matcher matcher = PAYMENT.matcher(TestData.text(file));
            while (matcher.find()) {
                if (seen.add(matcher.group(1)) && !check(Bytes.fromHex(matcher.group(1)))) {
                    skipped++;
                }
            }
        }
        System.out.println(folder + ": " + (seen.size() - skipped) + " distinct payments verified, " + skipped
                + " for contracts of other parties");
        return seen.size() - skipped;
    }

    /** Returns whether it is for one of the two known contracts. */
    private boolean check(Bytes payment) throws Exception {
        Cell body = BagOfCells.read(payment);
        CellSlice outer = body.beginParse();
        boolean charge = outer.loadUint(32) == 0xbb63ff93L;
        long queryId = outer.loadUint(64);
        Address excesses = outer.loadAddress();
        CellSlice inner = body.ref(0).beginParse();
        inner.loadUint(32);
        inner.loadUint(64);
        inner.loadUint(64);
        Address contract = inner.loadAddress();
        SignedPayments.Kind kind = charge ? SignedPayments.Kind.CLIENT_CHARGE : SignedPayments.Kind.WORKER_PAYOUT;
        long tokens = SignedPayments.check(payment, kind, contract, proxyKey.publicKey());
        assertThat(SignedPayments.sign(proxyKey, kind, contract, tokens, queryId, excesses)
                        .toHex())
                .isEqualTo(payment.toHex());
        return contract.equals(charge ? client : worker);
    }

    private Ed25519Key key(String name) {
        String text = identities.get("private_keys_base64").get(name).asText();
        return Ed25519Key.fromSeed(Int256.of(Base64.getDecoder().decode(text)));
    }

    private Bytes code(String name) {
        JsonNode node = identities.get("contract_code_cell").get(name);
        return BagOfCells.write(Cell.pruned(
                Int256.fromHex(node.get("hash").asText()), node.get("depth").asInt()));
    }
}
