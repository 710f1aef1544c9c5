package io.cocoon.testkit.contracts;

/** Numbers of messages (payments dossier 5). */
final class Ops {

    static final long EXCESSES = 0x2565934cL;
    static final long PAYOUT = 0xc59a7cd3L;
    static final long DO_NOT_PROCESS = 0x9a1247c0L;
    static final long SAVE_STATE = 0x53109c0fL;

    static final long CLIENT_TOP_UP = 0xf172e6c2L;
    static final long CLIENT_REGISTER = 0xc45f9f3bL;
    static final long CLIENT_CHANGE_SECRET = 0xa9357034L;
    static final long CLIENT_SECRET_AND_TOP_UP = 0x8473b408L;
    static final long CLIENT_INCREASE_STAKE = 0x6a1f6a60L;
    static final long CLIENT_WITHDRAW = 0xda068e78L;
    static final long CLIENT_REQUEST_REFUND = 0xfafa6cc1L;
    static final long CLIENT_CHARGE = 0xbb63ff93L;
    static final long CLIENT_GRANT_REFUND = 0xefd711e1L;
    static final long CLIENT_TOP_UP_AND_REOPEN = 0x29111cebL;

    static final long WORKER_REGISTER = 0x26ed7f65L;
    static final long WORKER_PAYOUT = 0xa040ad28L;
    static final long WORKER_LAST_PAYOUT = 0xf5f26a36L;

    static final long CLIENT_PROXY_REQUEST = 0x65448ff4L;
    static final long WORKER_PROXY_REQUEST = 0x4d725d2cL;
    static final long PROXY_PAYOUT_REQUEST = 0x7610e6ebL;
    static final long PROXY_INCREASE_STAKE = 0x9713f187L;
    static final long PROXY_OWNER_CLOSE = 0xb51d5a01L;
    static final long PROXY_CLOSE_REQUEST = 0x636a4391L;
    static final long PROXY_CLOSE_COMPLETE = 0xe511abc7L;

    static final long PAYLOAD_REFUND_GRANTED = 0xc68ebc7bL;
    static final long PAYLOAD_WORKER_PAYOUT = 0x08e7d036L;

    private Ops() {}

    /** Returns the name that the vectors have for a message that a contract sends. */
    static String name(long op) {
        if (op == EXCESSES) {
            return "excesses";
        } else if (op == PAYOUT) {
            return "payout";
        } else if (op == CLIENT_PROXY_REQUEST) {
            return "client_proxy_request";
        } else if (op == WORKER_PROXY_REQUEST) {
            return "worker_proxy_request";
        }
        return Long.toHexString(op);
    }
}
