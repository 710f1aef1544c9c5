package io.cocoon.proxy;

import io.cocoon.proxy.ContractBook.Contract;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ParamsCell;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A book of contracts as bytes, for the disk. */
final class ContractBookCodec {

    private static final int FORMAT = 1;
    private static final int ADDRESS_BYTES = 36;

    private ContractBookCodec() {}

    static Bytes write(ContractBook book) {
        TlWriter out =
                new TlWriter().writeInt(FORMAT).writeInt(book.closing() ? 1 : 0).writeInt(book.isCounting() ? 1 : 0);
        contract(out, book.current());
        out.writeInt(book.old().size());
        book.old().forEach(each -> contract(out, each));
        return out.seal();
    }

    /** Reads it back. @throws TlException if it is no book of contracts */
    static ContractBook read(Bytes bytes) throws TlException {
        return TlReader.readWhole(bytes, in -> {
            int format = in.readInt();
            if (format != FORMAT) {
                throw new TlException("contracts of format " + format + ", known is " + FORMAT, in.offset());
            }
            boolean closing = in.readInt() != 0;
            boolean counting = in.readInt() != 0;
            Contract current = contract(in);
            int count = count(in, ContractBook.MAX_OLD, "old contracts");
            List<Contract> old = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                old.add(contract(in));
            }
            if (counting && old.isEmpty()) {
                throw new TlException("an old contract is to be counted, and there is none", in.offset());
            }
            return new ContractBook(current, old, counting, closing);
        });
    }

    private static void contract(TlWriter out, Contract contract) {
        RootState root = contract.root();
        address(out, root.root());
        address(out, root.owner());
        out.writeInt(root.version());
        try {
            out.writeBytes(BagOfCells.write(ParamsCell.write(root.params(), ParamsCell.MASK_ROOT)));
        } catch (CellException e) {
            throw new IllegalStateException("parameters that an address was derived from can be written", e);
        }
        address(out, contract.address());
        transaction(out, contract.last());
        addresses(out, contract.clients());
        addresses(out, contract.workers());
    }

    private static Contract contract(TlReader in) throws TlException {
        Address rootAddress = address(in);
        Address owner = address(in);
        int version = in.readInt();
        RootState.Params params;
        try {
            params = ParamsCell.read(BagOfCells.read(in.readBytes()));
        } catch (CellException e) {
            throw new TlException("parameters of a contract: " + e.getMessage(), in.offset());
        }
        RootState root = new RootState(
                rootAddress,
                owner,
                version,
                params,
                List.of(),
                0,
                Set.of(),
                Set.of(),
                Set.of(),
                List.of(),
                Optional.empty());
        Address address = address(in);
        TransactionId last = transaction(in);
        return new Contract(root, address, last, addresses(in), addresses(in));
    }

    private static int count(TlReader in, int most, String what) throws TlException {
        int count = in.readInt();
        if (count < 0 || count > most) {
            throw new TlException("there are at most " + most + " " + what + ", here " + count, in.offset());
        }
        return count;
    }

    private static void addresses(TlWriter out, Collection<Address> addresses) {
        out.writeInt(addresses.size());
        addresses.forEach(each -> address(out, each));
    }

    private static Set<Address> addresses(TlReader in) throws TlException {
        int count = count(in, in.remaining() / ADDRESS_BYTES, "addresses in what is left");
        Set<Address> addresses = new HashSet<>();
        for (int i = 0; i < count; i++) {
            addresses.add(address(in));
        }
        return addresses;
    }

    private static void address(TlWriter out, Address address) {
        out.writeInt(address.workchain()).writeInt256(address.hash());
    }

    private static Address address(TlReader in) throws TlException {
        int offset = in.offset();
        try {
            return new Address(in.readInt(), in.readInt256());
        } catch (IllegalArgumentException e) {
            throw new TlException("no address: " + e.getMessage(), offset);
        }
    }

    private static void transaction(TlWriter out, TransactionId id) {
        out.writeLong(id.lt()).writeInt256(id.hash());
    }

    private static TransactionId transaction(TlReader in) throws TlException {
        return new TransactionId(in.readLong(), in.readInt256());
    }
}
