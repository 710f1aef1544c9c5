// A stand-in for NVIDIA's driver: the calls that the CUDA backend makes, with kernels that run on the processor (engine
// dossier 9). Its purpose is to find errors: allocations have guards and are filled with NaN, blocks whose threads do not
// all meet are reported, the order of threads can be shuffled, and a capture replays frozen parameters.
//
// A launch runs in the calling thread, one block after the other; memory of the device is memory of the process. What it
// cannot find: races within a barrier's span, limits of registers, timing.
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "primitives.cuh"

#define EXPORT extern "C" __attribute__((visibility("default")))

enum Result {
    SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101, INVALID_IMAGE = 200, INVALID_HANDLE = 400,
    NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, MISALIGNED = 716, LAUNCH_FAILED = 719, CAPTURE_UNSUPPORTED = 900,
};

// ---- fibers

static const size_t STACK = 128 << 10;
static const int MOST_THREADS = 1024;
static const size_t MOST_SHARED = 48 << 10;

extern "C" void standin_switch(void** save, void* to);
asm(R"(
.text
.globl standin_switch
.hidden standin_switch
.type standin_switch, @function
standin_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size standin_switch, .-standin_switch
)");

struct Copy {
    void* to;
    const void* from;
    int group;
};

struct Fiber {
    std::vector<Copy> copies;  // begun and not waited for
    int groups;                // committed so far
    void* sp;
    char* stack;
    bool done;
    int parity;
    const int* waits_for;  // a generation that has to change first, or null
    int seen;
};

struct Warp {
    int arrived;
    int generation;
    uint32_t slots[2][WARP];
    float left[2][16][16];
    float right[2][16][8];
    float product[2][16][8];
};

struct Block {
    StandInThread view;
    void (*kernel)(void**);
    void** parameters;
    void* main;
    Fiber* running;
    Fiber fibers[MOST_THREADS];
    Warp warps[MOST_THREADS / WARP];
    int arrived;
    int generation;
    int fault;
    std::string report;
    char* shared;
    uint64_t seed;
    int failing_launch;
    int sticky;
};

// Never freed: one for each thread that computes. The model of thread-local storage saves a call for each access.
static thread_local Block* mine __attribute__((tls_model("initial-exec")));

static Block& block() {
    if (mine == nullptr) {
        mine = new Block();
        mine->shared = (char*)aligned_alloc(16, MOST_SHARED);
    }
    return *mine;
}

static void pause() {
    Block& b = block();
    standin_switch(&b.running->sp, b.main);
}

static void fiber_main() {
    Block& b = block();
    b.kernel(b.parameters);
    b.running->done = true;
    pause();
    abort();
}

EXPORT StandInThread* standin_thread() {
    return &mine->view;
}

EXPORT void* standin_shared() { return mine->shared; }

static void wait_for(const int* generation) {
    Fiber* me = block().running;
    me->waits_for = generation;
    me->seen = *generation;
    pause();
    me->waits_for = nullptr;
}

EXPORT void standin_block_barrier() {
    Block& b = block();
    if (++b.arrived == b.view.threads) {
        b.arrived = 0;
        b.generation++;
    } else {
        wait_for(&b.generation);
    }
}

// All lanes meet; the last one does the work of the warp. Two sets of slots, so that one meeting is enough: who is already
// at the next one cannot touch what others still read.
template <typename Work>
static void meet(Warp& warp, Work work) {
    if (++warp.arrived == WARP) {
        work();
        warp.arrived = 0;
        warp.generation++;
    } else {
        wait_for(&warp.generation);
    }
}

EXPORT uint32_t standin_exchange(uint32_t bits, int lane) {
    Block& b = block();
    Warp& warp = b.warps[b.view.thread / WARP];
    const int parity = b.running->parity ^= 1;
    warp.slots[parity][b.view.thread % WARP] = bits;
    meet(warp, [] {});
    return warp.slots[parity][lane];
}

static float wide(uint32_t pair, int which) {
    return [](uint32_t bits) { float f; memcpy(&f, &bits, 4); return f; }(which ? pair & 0xffff0000u : pair << 16);
}

// Named, because the compiler's own choice shuffles more than it computes.
typedef float Row __attribute__((vector_size(8 * sizeof(float))));

static void multiply(Warp& warp, int parity) {
    Row right[16];
    memcpy(right, warp.right[parity], sizeof right);
    for (int row = 0; row < 16; row++) {
        Row sum = {};
        for (int k = 0; k < 16; k++) {
            sum += warp.left[parity][row][k] * right[k];
        }
        memcpy(warp.product[parity][row], &sum, sizeof sum);
    }
}

// Fragments as the PTX manual lays them out for mma.m16n8k16.
EXPORT void standin_mma(float* c, const uint32_t* a, const uint32_t* right) {
    Block& b = block();
    Warp& warp = b.warps[b.view.thread / WARP];
    const int g = b.view.thread % WARP / 4;
    const int t = b.view.thread % WARP % 4;
    const int parity = b.running->parity ^= 1;
    for (int i = 0; i < 8; i++) {
        warp.left[parity][g + i / 2 % 2 * 8][t * 2 + i / 4 * 8 + i % 2] = wide(a[i / 2], i % 2);
    }
    for (int i = 0; i < 4; i++) {
        warp.right[parity][t * 2 + i / 2 * 8 + i % 2][g] = wide(right[i / 2], i % 2);
    }
    meet(warp, [&] { multiply(warp, parity); });
    for (int i = 0; i < 4; i++) {
        c[i] += warp.product[parity][g + i / 2 * 8][t * 2 + i % 2];
    }
}

EXPORT void standin_copy(void* to, const void* from) {
    Fiber* me = block().running;
    me->copies.push_back(Copy{to, from, me->groups});
}

EXPORT void standin_commit() { block().running->groups++; }

EXPORT void standin_wait(int latest) {
    Fiber* me = block().running;
    std::vector<Copy> left;
    for (const Copy& each : me->copies) {
        if (each.group < me->groups - latest) {
            memcpy(each.to, each.from, 16);
        } else {
            left.push_back(each);
        }
    }
    me->copies.swap(left);
}

EXPORT void standin_misaligned(const void* at, int bytes) {
    Block& b = block();
    char text[100];
    snprintf(text, sizeof text, "%p is no multiple of %d", at, bytes);
    b.report = text;
    b.fault = MISALIGNED;
}

static void prepare(Block& b, int threads, size_t shared) {
    b.arrived = 0;
    for (int i = 0; i < threads; i++) {
        Fiber& f = b.fibers[i];
        if (f.stack == nullptr) {
            f.stack = (char*)mmap(nullptr, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        }
        // Apart from each other, or all fibers would want the same few lines of the processor's caches.
        void** top = (void**)(f.stack + STACK - 64 - i % 61 * 576);
        *--top = nullptr;  // keeps the stack as a call would leave it
        *--top = (void*)fiber_main;
        top -= 6;
        memset(top, 0, 6 * sizeof(void*));
        f.sp = top;
        f.done = false;
        f.copies.clear();
        f.groups = 0;
        f.waits_for = nullptr;
    }
    for (int i = 0; i < (threads + WARP - 1) / WARP; i++) {
        b.warps[i].arrived = 0;
    }
    memset(b.shared, 0xff, shared);
}

static void run_block(Block& b, int threads, size_t shared) {
    prepare(b, threads, shared);
    int order[MOST_THREADS];
    for (int i = 0; i < threads; i++) {
        order[i] = i;
    }
    for (int i = threads - 1; b.seed != 0 && i > 0; i--) {
        b.seed = b.seed * 6364136223846793005u + 1442695040888963407u;
        const int other = (int)((b.seed >> 33) % (uint64_t)(i + 1));
        const int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (bool alive = true; alive && b.fault == 0;) {
        alive = false;
        bool ran = false;
        for (int i = 0; i < threads; i++) {
            Fiber& f = b.fibers[order[i]];
            if (f.done) {
                continue;
            }
            alive = true;
            if (f.waits_for != nullptr && *f.waits_for == f.seen) {
                continue;
            }
            ran = true;
            b.view.thread = order[i];
            b.running = &f;
            standin_switch(&b.main, f.sp);
        }
        if (alive && !ran) {
            b.report = "not all threads of a block came to a barrier";
            b.fault = LAUNCH_FAILED;
        }
    }
}

// ---- memory

static const size_t GUARD = 256;
static const unsigned char GUARD_BYTE = 0xa5;
static const unsigned char FRESH_BYTE = 0xff;  // NaN as float and as bfloat16
static const size_t TOTAL = (size_t)1 << 30;

static std::mutex lock;

struct Memory {
    size_t total;
    size_t used;
};

static const std::shared_ptr<Memory> whole = std::make_shared<Memory>(Memory{TOTAL, 0});
static thread_local std::shared_ptr<Memory> my_memory = whole;  // other than the whole where a test wants to know what is free

struct Allocation {
    size_t bytes;
    std::shared_ptr<Memory> of;
};

static std::map<uintptr_t, Allocation> allocated;

static bool inside(uintptr_t at, size_t bytes) {
    auto after = allocated.upper_bound(at);
    if (after == allocated.begin()) {
        return false;
    }
    --after;
    const size_t size = after->second.bytes;
    return at >= after->first && bytes <= size && at - after->first <= size - bytes;
}

// Broken guards are mended, so that one fault is told once.
static bool guards_hold(uintptr_t base, size_t bytes) {
    bool hold = true;
    for (size_t i = 0; i < GUARD; i++) {
        unsigned char* const both[2] = {(unsigned char*)base + bytes + i, (unsigned char*)base - 1 - i};
        for (unsigned char* guard : both) {
            hold &= *guard == GUARD_BYTE;
            *guard = GUARD_BYTE;
        }
    }
    return hold;
}

// ---- modules, streams, graphs

struct Module {
    std::string text;
    void* library;
};

struct Function {
    std::string name;
    void (*run)(void**);
    int bytes;
    int most_threads;
};

struct Launch {
    Function* function;
    unsigned grid[3];
    unsigned threads;
    size_t shared;
    std::vector<char> parameters;
};

struct Graph {
    std::vector<Launch> launches;
};

struct Stream {
    Graph* capture;
};

static thread_local int capturing;

static int fail(const std::string& what, int code) {
    fprintf(stderr, "stand-in driver: %s\n", what.c_str());
    return code;
}

static int run(const Launch& launch) {
    Block& b = block();
    if (b.sticky != 0) {
        return b.sticky;
    }
    if (b.failing_launch > 0 && --b.failing_launch == 0) {
        return b.sticky = ILLEGAL_ADDRESS;
    }
    std::vector<char> parameters = launch.parameters;
    void* pointers[1] = {parameters.data()};
    b.kernel = launch.function->run;
    b.parameters = pointers;
    b.fault = 0;
    b.view = StandInThread{
        0, (int)launch.threads, 0, 0, 0, (int)launch.grid[0], (int)launch.grid[1], (int)launch.grid[2]};
    for (unsigned z = 0; z < launch.grid[2]; z++) {
        for (unsigned y = 0; y < launch.grid[1]; y++) {
            for (unsigned x = 0; x < launch.grid[0]; x++) {
                b.view.block_x = (int)x;
                b.view.block_y = (int)y;
                b.view.block_z = (int)z;
                run_block(b, (int)launch.threads, launch.shared);
                if (b.fault != 0) {
                    return b.sticky = fail(launch.function->name + ": " + b.report, b.fault);
                }
            }
        }
    }
    std::lock_guard<std::mutex> held(lock);
    for (auto& each : allocated) {
        if (!guards_hold(each.first, each.second.bytes)) {
            return b.sticky = fail(
                       launch.function->name + ": wrote outside of an allocation of " + std::to_string(each.second.bytes),
                       ILLEGAL_ADDRESS);
        }
    }
    return SUCCESS;
}

EXPORT int cuInit(unsigned) { return SUCCESS; }
EXPORT int cuDriverGetVersion(int* version) { *version = 12060; return SUCCESS; }
EXPORT int cuDeviceGetCount(int* count) { *count = 1; return SUCCESS; }

EXPORT int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return ordinal == 0 ? SUCCESS : INVALID_DEVICE;
}

EXPORT int cuDeviceGetName(char* name, int length, int) {
    snprintf(name, (size_t)length, "stand-in");
    return SUCCESS;
}

EXPORT int cuDeviceGetUuid(unsigned char* uuid, int) {
    for (int i = 0; i < 16; i++) {
        uuid[i] = (unsigned char)(i * 17);
    }
    return SUCCESS;
}

EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int) { *bytes = TOTAL; return SUCCESS; }

EXPORT int cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 75: *value = 8; return SUCCESS;  // major of the compute capability
        case 76: *value = 0; return SUCCESS;
        default: return fail("unknown attribute " + std::to_string(attribute), INVALID_VALUE);
    }
}

EXPORT int cuDevicePrimaryCtxRetain(void** context, int) { *context = my_memory.get(); return SUCCESS; }
EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
// Memory of a lost context stays allocated here: other threads of the tests have theirs on the same device.
EXPORT int cuDevicePrimaryCtxReset_v2(int) { block().sticky = 0; return SUCCESS; }
EXPORT int cuCtxSetCurrent(void*) { return SUCCESS; }
EXPORT int cuCtxSynchronize() { return block().sticky; }

// Not of the real driver's meaning: how a test asks for trouble in its own thread.
EXPORT int cuCtxSetLimit(int what, size_t value) {
    switch (what) {
        case 0x7001: block().failing_launch = (int)value; return SUCCESS;
        case 0x7002: block().seed = value; return SUCCESS;
        // What this thread allocates from now on is of a memory of its own, of so many bytes; 0 for the common one again.
        case 0x7003: my_memory = value == 0 ? whole : std::make_shared<Memory>(Memory{value, 0}); return SUCCESS;
        default: return INVALID_VALUE;
    }
}

EXPORT int cuMemGetInfo_v2(size_t* left, size_t* total) {
    std::lock_guard<std::mutex> held(lock);
    *left = my_memory->total - my_memory->used;
    *total = my_memory->total;
    return SUCCESS;
}

EXPORT int cuMemAlloc_v2(uintptr_t* out, size_t bytes) {
    std::lock_guard<std::mutex> held(lock);
    if (bytes == 0) {
        return INVALID_VALUE;
    }
    if (bytes > my_memory->total - my_memory->used) {
        return OUT_OF_MEMORY;
    }
    char* whole = (char*)aligned_alloc(GUARD, (bytes + 3 * GUARD - 1) / GUARD * GUARD);
    memset(whole, GUARD_BYTE, bytes + 2 * GUARD);
    memset(whole + GUARD, FRESH_BYTE, bytes);
    *out = (uintptr_t)whole + GUARD;
    allocated[*out] = Allocation{bytes, my_memory};
    my_memory->used += bytes;
    return SUCCESS;
}

EXPORT int cuMemFree_v2(uintptr_t at) {
    std::lock_guard<std::mutex> held(lock);
    auto found = allocated.find(at);
    if (found == allocated.end()) {
        return fail("free of an address that is not allocated", INVALID_VALUE);
    }
    found->second.of->used -= found->second.bytes;
    allocated.erase(found);
    free((char*)at - GUARD);
    return SUCCESS;
}

static int checked_copy(void* to, const void* from, uintptr_t device, size_t bytes) {
    if (block().sticky != 0) {
        return block().sticky;
    }
    if (capturing) {
        return fail("a copy within a capture", CAPTURE_UNSUPPORTED);
    }
    std::lock_guard<std::mutex> held(lock);
    if (!inside(device, bytes)) {
        return fail("a copy of " + std::to_string(bytes) + " bytes outside of an allocation", INVALID_VALUE);
    }
    memcpy(to, from, bytes);
    return SUCCESS;
}

EXPORT int cuMemcpyHtoD_v2(uintptr_t to, const void* from, size_t bytes) {
    return checked_copy((void*)to, from, to, bytes);
}

EXPORT int cuMemcpyDtoH_v2(void* to, uintptr_t from, size_t bytes) {
    return checked_copy(to, (void*)from, from, bytes);
}

EXPORT int cuMemcpyDtoD_v2(uintptr_t to, uintptr_t from, size_t bytes) {
    {
        std::lock_guard<std::mutex> held(lock);
        if (!inside(to, bytes)) {
            return fail("a copy to outside of an allocation", INVALID_VALUE);
        }
    }
    return checked_copy((void*)to, (void*)from, from, bytes);
}

// The image is PTX; the kernels are those of the library beside this one, which is made of the same source.
EXPORT int cuModuleLoadData(Module** out, const void* image) {
    const char* text = (const char*)image;
    if (strstr(text, ".version") == nullptr || strstr(text, ".entry") == nullptr) {
        return INVALID_IMAGE;
    }
    Dl_info self;
    dladdr((void*)cuInit, &self);
    std::string path(self.dli_fname);
    path = path.substr(0, path.rfind('/')) + "/libkernels.so";
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return fail(dlerror(), INVALID_IMAGE);
    }
    *out = new Module{text, library};
    return SUCCESS;
}

EXPORT int cuModuleUnload(Module* module) {
    delete module;
    return SUCCESS;
}

EXPORT int cuModuleGetFunction(Function** out, Module* module, const char* name) {
    const std::string symbol(name);
    const size_t entry = module->text.find(".entry " + symbol + "(");
    void* run = dlsym(module->library, name);
    if (entry == std::string::npos || run == nullptr) {
        return NOT_FOUND;
    }
    const int bytes = *(const int*)dlsym(module->library, (symbol + "_bytes").c_str());
    const int threads = *(const int*)dlsym(module->library, (symbol + "_threads").c_str());
    const std::string parameter = symbol + "_param_0[" + std::to_string(bytes) + "]";
    if (module->text.find(parameter, entry) == std::string::npos) {
        return fail(symbol + ": the compiled form does not take " + std::to_string(bytes) + " bytes", INVALID_IMAGE);
    }
    *out = new Function{symbol, (void (*)(void**))run, bytes, threads};
    return SUCCESS;
}

EXPORT int cuLaunchKernel(
    Function* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
    Stream* stream, void** parameters, void**) {
    if (gx == 0 || gy == 0 || gz == 0 || gx > 0x7fffffff || gy > 65535 || gz > 65535 || by != 1 || bz != 1 || bx == 0
        || bx % WARP != 0 || (int)bx > function->most_threads || shared > MOST_SHARED) {
        return fail(function->name + ": launched with a grid, a block or shared memory that it cannot have", INVALID_VALUE);
    }
    Launch launch{function, {gx, gy, gz}, bx, shared,
                  std::vector<char>((char*)parameters[0], (char*)parameters[0] + function->bytes)};
    if (stream != nullptr && stream->capture != nullptr) {
        stream->capture->launches.push_back(launch);
        return SUCCESS;
    }
    return run(launch);
}

EXPORT int cuStreamCreate(Stream** out, unsigned) { *out = new Stream{nullptr}; return SUCCESS; }
EXPORT int cuStreamDestroy_v2(Stream* stream) { delete stream; return SUCCESS; }
EXPORT int cuStreamSynchronize(Stream*) { return block().sticky; }

EXPORT int cuStreamBeginCapture_v2(Stream* stream, int) {
    stream->capture = new Graph();
    capturing++;
    return SUCCESS;
}

EXPORT int cuStreamEndCapture(Stream* stream, Graph** out) {
    *out = stream->capture;
    stream->capture = nullptr;
    capturing--;
    return SUCCESS;
}

EXPORT int cuGraphInstantiateWithFlags(Graph** out, Graph* graph, unsigned long long) {
    *out = new Graph(*graph);
    return SUCCESS;
}

EXPORT int cuGraphDestroy(Graph* graph) { delete graph; return SUCCESS; }
EXPORT int cuGraphExecDestroy(Graph* graph) { delete graph; return SUCCESS; }

EXPORT int cuGraphLaunch(Graph* graph, Stream*) {
    for (const Launch& launch : graph->launches) {
        const int result = run(launch);
        if (result != SUCCESS) {
            return result;
        }
    }
    return SUCCESS;
}
