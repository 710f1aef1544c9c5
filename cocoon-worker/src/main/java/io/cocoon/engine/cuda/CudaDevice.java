package io.cocoon.engine.cuda;

/**
 * A GPU that can be computed on.
 *
 * @param ordinal its number in this process; changes with the environment, unlike the id
 * @param id what identifies it on this machine: its UUID, in hexadecimal digits
 * @param name as the driver states it
 * @param major of its compute capability
 * @param minor of its compute capability
 * @param bytes all of its memory
 */
public record CudaDevice(int ordinal, String id, String name, int major, int minor, long bytes) {}
