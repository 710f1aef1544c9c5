package io.cocoon.engine.cuda;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.CUuuid;
import jcuda.driver.JCudaDriver;

/**
 * What GPUs this process can compute on. Looked for once; a driver or card that comes later is seen by the next process.
 * Immutable, thread-safe.
 *
 * <p>Looking loads the driver's native library, which unpacks itself into {@code java.io.tmpdir}; that folder must allow
 * execution.
 */
public final class CudaDevices {

    /** Tensor cores that multiply bfloat16 numbers came with this one. */
    private static final int LEAST_MAJOR = 8;

    private final List<CudaDevice> usable;
    private final String reason;

    private CudaDevices(List<CudaDevice> usable, String reason) {
        this.usable = List.copyOf(usable);
        this.reason = reason;
    }

    private static final class Found {
        private static final CudaDevices DEVICES = look();
    }

    /** Looks for devices; never fails. */
    public static CudaDevices find() {
        return Found.DEVICES;
    }

    /** Returns those that can be used, in the driver's order; empty if there are none. */
    public List<CudaDevice> usable() {
        return usable;
    }

    /** Returns in one line why there are no devices, or which were found and which of them are too old. */
    public String reason() {
        return reason;
    }

    private static CudaDevices look() {
        try {
            return ask();
        } catch (Refused e) {
            return none(String.valueOf(e.getMessage()));
        } catch (LinkageError e) {
            return none(missing(e));
        }
    }

    private static CudaDevices none(String why) {
        return new CudaDevices(List.of(), "no CUDA: " + why);
    }

    /** JCuda's own message is a page of text; what can be done about it is one of these lines. */
    private static String missing(LinkageError e) {
        String text = String.valueOf(e.getMessage());
        if (text.contains("libcuda.so")) {
            return "NVIDIA's driver is not installed (libcuda.so.1 was not found)";
        }
        if (text.contains("Could not initialize class")) {
            return "NVIDIA's driver could not be loaded when this process first tried";
        }
        if (e instanceof NoClassDefFoundError && text.contains("jcuda")) {
            return "JCuda is not on the class path; add org.jcuda:jcuda and org.jcuda:jcuda-natives:linux-x86_64";
        }
        String line = text.lines()
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
        return "JCuda's native library cannot be loaded from " + System.getProperty("java.io.tmpdir") + ": " + line;
    }

    private static CudaDevices ask() throws Refused {
        require("cuInit", JCudaDriver.cuInit(0));
        int[] count = new int[1];
        require("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
        List<CudaDevice> usable = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count[0]; i++) {
            CudaDevice device = device(i);
            boolean old = device.major() < LEAST_MAJOR;
            words.add(device.name() + " (compute capability " + device.major() + "." + device.minor() + ", "
                    + (device.bytes() >> 20) + " MiB)" + (old ? ", too old: wanted 8.0 or newer" : ""));
            if (!old) {
                usable.add(device);
            }
        }
        if (words.isEmpty()) {
            return none("the driver knows no device; CUDA_VISIBLE_DEVICES may hide it");
        }
        String found = String.join("; ", words);
        return usable.isEmpty() ? none(found) : new CudaDevices(usable, "CUDA: " + found);
    }

    private static CudaDevice device(int ordinal) throws Refused {
        CUdevice device = new CUdevice();
        require("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
        byte[] name = new byte[256];
        require("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
        CUuuid id = new CUuuid();
        require("cuDeviceGetUuid", JCudaDriver.cuDeviceGetUuid(id, device));
        long[] bytes = new long[1];
        require("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
        return new CudaDevice(
                ordinal,
                HexFormat.of().formatHex(id.bytes),
                text(name),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                bytes[0]);
    }

    private static String text(byte[] name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length && name[i] != 0; i++) {
            text.append((char) (name[i] & 0x7f));
        }
        return text.toString();
    }

    private static int attribute(CUdevice device, int which) throws Refused {
        int[] value = new int[1];
        require("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, which, device));
        return value[0];
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    private static void require(String call, int result) throws Refused {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new Refused("the driver answers " + call + " with " + CUresult.stringFor(result));
        }
    }
}
