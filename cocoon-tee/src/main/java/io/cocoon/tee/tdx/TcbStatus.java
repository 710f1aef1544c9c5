package io.cocoon.tee.tdx;

/** What Intel says about the level of a platform's firmware. TEE dossier 7.7; PCS v4, TCB info version 3. */
public enum TcbStatus {
    UP_TO_DATE("UpToDate"),
    SW_HARDENING_NEEDED("SWHardeningNeeded"),
    CONFIGURATION_NEEDED("ConfigurationNeeded"),
    CONFIGURATION_AND_SW_HARDENING_NEEDED("ConfigurationAndSWHardeningNeeded"),
    OUT_OF_DATE("OutOfDate"),
    OUT_OF_DATE_CONFIGURATION_NEEDED("OutOfDateConfigurationNeeded"),
    /** Launched on an older level than the platform has now; the trust domain should be started anew. */
    TD_RELAUNCH_ADVISED("TDRelaunchAdvised"),
    TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED("TDRelaunchAdvisedConfigurationNeeded"),
    REVOKED("Revoked");

    private final String word;

    TcbStatus(String word) {
        this.word = word;
    }

    /** Returns Intel's word for it, for example {@code UpToDate}. */
    public String word() {
        return word;
    }
}
