/* A stand-in for NVIDIA's driver library, for tests of the real Python binding without a GPU.
 *
 * Every option is an integer: set by stub_set(), else by the environment variable NVML_STUB_<name>.
 * Compiled with -DOLD_DRIVER, it lacks the symbols that the driver of release 550 lacks; with
 * -DOLDEST_DRIVER, its lists of processes are those from before release 510. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
typedef unsigned int u32;
typedef unsigned long long u64;
enum { INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, LOST = 15 };

static struct { char name[32]; int value; } options[96];
static int option_count;
static int calls[32]; /* by stub_calls(): 0 = utilization, 1 = PCIe throughput, 2 = processes,
                        3 = init, 4 = ECC mode, 5 = handles, 6 = MIG instances,
                        7 = shutdown, 8 = energy, 9 = GPM samples,
                        10 = GPM metrics, 11 = GPM samples held, 12 = all about devices,
                        13 = event sets held, 14 = highest clocks,
                        15 = devices registered for errors, 16 = waits for errors,
                        17 = GPM metrics asked for */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

EXPORT void stub_set(const char *name, int value) {
    int i = 0;
    pthread_mutex_lock(&lock);
    while (i < option_count && strcmp(options[i].name, name)) i++;
    if (i == option_count) {
        snprintf(options[i].name, sizeof options[0].name, "%s", name);
        option_count++;
    }
    options[i].value = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}
EXPORT int stub_calls(int which) { return calls[which]; }

static int option(const char *name, int otherwise) {
    char variable[64];
    for (int i = 0; i < option_count; i++)
        if (!strcmp(options[i].name, name)) return options[i].value;
    snprintf(variable, sizeof variable, "NVML_STUB_%s", name);
    const char *text = getenv(variable);
    return text ? atoi(text) : otherwise;
}

/* A handle is the GPU's number + 1; those of MIG instances start at 100. */
typedef void *Device;
static long number(Device device) { return (long)device - 1; }
static int is_instance(Device device) { return (long)device >= 100; }

/* What every call about a device answers first. */
static int fault(Device device) {
    calls[12]++;
    if (option("uninitialized", 0)) return 1;
    if (option("hang", -1) == number(device)) sleep(option("hang_seconds", 3));
    if (option("lost", -1) == number(device)) return LOST;
    if (option("unknown", -1) == number(device)) return 999;
    return option("code", 0);
}
/* A driver that hangs may hold a lock that its library asks for on leaving. */
__attribute__((destructor)) static void leave(void) { sleep(option("leaving_seconds", 0)); }
#define CHECK(device) do { int code = fault(device); if (code) return code; } while (0)

static int starts; /* that were not shut down again */
EXPORT int nvmlInitWithFlags(u32 flags) {
    calls[3]++;
    if (option("init", 0) == 0) { starts++; stub_set("uninitialized", 0); }
    return option("init", 0);
}
EXPORT int nvmlShutdown(void) {
    calls[7]++;
    if (starts && !--starts) stub_set("uninitialized", 1);
    return 0;
}
EXPORT const char *nvmlErrorString(int code) { return "an error"; }
EXPORT int nvmlSystemGetDriverVersion(char *text, u32 size) { snprintf(text, size, "570.1"); return 0; }
EXPORT int nvmlDeviceGetCount_v2(u32 *count) {
    if (option("uninitialized", 0)) return 1;
    *count = option("gpus", 2);
    return 0;
}
EXPORT int nvmlDeviceGetHandleByIndex_v2(u32 index, Device *device) {
    calls[5]++;
    if ((int)index >= option("gpus", 2)) return 2;
    *device = (Device)(long)(index + 1);
    return 0;
}
#ifndef OLD_DRIVER
EXPORT int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, Device *device) {
    u32 domain, slot;
    if (sscanf(bus, "%x:%x:", &domain, &slot) != 2) return INVALID_ARGUMENT;
    if (slot < 0x3b || option("removed", -1) == (int)slot - 0x3b) return NOT_FOUND;
    return nvmlDeviceGetHandleByIndex_v2(slot - 0x3b, device) ? NOT_FOUND : 0;
}
#endif
EXPORT int nvmlDeviceGetName(Device device, char *text, u32 size) {
    snprintf(text, size, "NVIDIA Stub %ld", number(device));
    return 0;
}
EXPORT int nvmlDeviceGetUUID(Device device, char *text, u32 size) {
    snprintf(text, size, "GPU-%08ld", number(device));
    return 0;
}
typedef struct { char legacy[16]; u32 domain, bus, device, pci, subsystem; char id[32]; } PciInfo;
EXPORT int nvmlDeviceGetPciInfo_v3(Device device, PciInfo *info) {
    memset(info, 0, sizeof *info);
    snprintf(info->id, sizeof info->id, "00000000:%02X:00.0",
             (u32)(0x3b + (option("one_board", 0) ? 0 : number(device))));
    return 0;
}
EXPORT int nvmlDeviceGetUtilizationRates(Device device, u32 *rates) {
    calls[0]++;
    CHECK(device);
    if (option("mig", 0) && !option("zeros", 0)) return NOT_SUPPORTED;
    rates[0] = option("load", 40) + number(device);
    rates[1] = 20;
    return 0;
}
typedef struct { u64 total, free, used; } Memory;
typedef struct { u32 version; u64 total, reserved, free, used; } Memory2;
EXPORT int nvmlDeviceGetMemoryInfo(Device device, Memory *memory) {
    CHECK(device);
    if (option("unified", 0)) return NOT_SUPPORTED;
    memory->total = 80ull << 30; memory->used = 11ull << 30; memory->free = 69ull << 30;
    return 0;
}
#ifndef OLD_DRIVER
EXPORT int nvmlDeviceGetMemoryInfo_v2(Device device, Memory2 *memory) {
    CHECK(device);
    if (option("unified", 0)) return NOT_SUPPORTED;
    if (memory->version != 0x02000028) return 25;
    memory->total = 80ull << 30; memory->used = (u64)option("used_mib", 10240) << 20;
    memory->reserved = 1ull << 30; memory->free = 69ull << 30;
    if (is_instance(device)) { memory->total = 10ull << 30; memory->used = 3ull << 30; }
    return 0;
}
typedef struct { u32 version, sensor; int celsius; } Temperature;
EXPORT int nvmlDeviceGetTemperatureV(Device device, Temperature *temperature) {
    CHECK(device);
    temperature->celsius = option("celsius", 61);
    return 0;
}
typedef struct { u32 version, fan, speed; } FanSpeed;
EXPORT int nvmlDeviceGetFanSpeedRPM(Device device, FanSpeed *speed) {
    CHECK(device);
    speed->speed = option("rpm", 1450);
    return 0;
}
EXPORT int nvmlDeviceGetCurrentClocksEventReasons(Device device, u64 *reasons) {
    CHECK(device);
    *reasons = 0x1 | 0x4 | 0x40;
    return 0;
}
#endif
EXPORT int nvmlDeviceGetTemperature(Device device, u32 sensor, u32 *celsius) {
    CHECK(device);
    *celsius = option("celsius", 60);
    return 0;
}
EXPORT int nvmlDeviceGetCurrentClocksThrottleReasons(Device device, u64 *reasons) {
    CHECK(device);
    *reasons = 0x8;
    return 0;
}
#define NUMBER(name, answer) \
    EXPORT int name(Device device, u32 *value) { CHECK(device); *value = answer; return 0; }
NUMBER(nvmlDeviceGetPowerUsage, option("milliwatts", 250500))
NUMBER(nvmlDeviceGetEnforcedPowerLimit, option("power_limit", 700) * 1000)
NUMBER(nvmlDeviceGetPerformanceState, 2)
NUMBER(nvmlDeviceGetCurrPcieLinkGeneration, option("no_link", 0) ? 0 : 4)
NUMBER(nvmlDeviceGetCurrPcieLinkWidth, option("no_link", 0) ? 0 : 8)
NUMBER(nvmlDeviceGetMaxPcieLinkGeneration, option("no_link", 0) ? 0 : 5)
NUMBER(nvmlDeviceGetMaxPcieLinkWidth, option("no_link", 0) ? 0 : 16)
EXPORT int nvmlDeviceGetTotalEnergyConsumption(Device device, u64 *millijoules) {
    calls[8]++;
    CHECK(device);
    *millijoules = option("all_ones", 0) ? ~0ull : 123456;
    return 0;
}
EXPORT int nvmlDeviceGetClockInfo(Device device, u32 type, u32 *megahertz) {
    CHECK(device);
    *megahertz = 1000 + 100 * type;
    return 0;
}
EXPORT int nvmlDeviceGetNumFans(Device device, u32 *count) {
    CHECK(device);
    *count = option("fans", 2);
    return 0;
}
EXPORT int nvmlDeviceGetFanSpeed_v2(Device device, u32 fan, u32 *percent) {
    CHECK(device);
    *percent = option("fan_percent", 30) + (option("fan_percent", 30) ? fan : 0);
    return 0;
}
EXPORT int nvmlDeviceGetPcieThroughput(Device device, u32 counter, u32 *value) {
    calls[1]++;
    usleep(20000);
    *value = 5;
    return 0;
}
#define CODEC(name, answer) \
    EXPORT int name(Device device, u32 *percent, u32 *period) { \
        CHECK(device); *percent = answer; *period = 167000; return 0; }
CODEC(nvmlDeviceGetEncoderUtilization, 3)
CODEC(nvmlDeviceGetDecoderUtilization, 4)
#ifndef OLD_DRIVER
CODEC(nvmlDeviceGetJpgUtilization, 5)
CODEC(nvmlDeviceGetOfaUtilization, 0)
#endif
typedef struct { u32 id, scope; long long time, latency; u32 type; int code; union { double d; u32 u; u64 l; } value; } Field;
/* What boards of data centers count: repairs, what the driver asks for, nanoseconds held back. */
static int health_field(Field *field) {
    char name[32];
    switch (field->id) {
    case 74: case 76: case 269: case 270: case 271:
        field->type = 3;
        snprintf(name, sizeof name, "held_%u", field->id);
        field->value.l = (u64)option(name, 0) * 1000000;
        return 0;
    case 29: case 30: /* of chips without spare rows */
        if (option("retiring", -1) < 0) return NOT_SUPPORTED;
    case 142: case 143: case 144: case 145: case 230:
        field->type = 1;
        snprintf(name, sizeof name, "field_%u", field->id);
        field->value.u = option(name, 0);
        return 0;
    }
    return NOT_SUPPORTED;
}
/* What an H200 tells of its power and links, by the part that is asked about. */
static int detail_field(Field *field) {
    field->type = 1;
    switch (field->id) {
    case 185: /* a mean: 0 = GPU, 1 = module, 2 = memory */
        if (field->scope == 1) return NOT_SUPPORTED;
        field->value.u = field->scope == 2 ? 50200 : 250500;
        return 0;
    case 186: field->value.u = field->scope ? 0 : 276000; return field->scope ? NOT_SUPPORTED : 0;
    case 187: case 188: case 189:
        if (option("fieldless", 0)) return NOT_SUPPORTED;
        field->value.u = field->id == 187 ? 200000 : field->id == 188 ? 710000 : 690000;
        return 0;
    case 193: case 194: /* the margin that is left at shutdown and slowdown: signed */
        field->type = 5;
        field->value.u = (u32)(field->id == 193 ? -8 : -2);
        return 0;
    case 170: field->value.u = option("c2c", 0); return 0;
    case 138: case 139:
        if (field->scope != 0xffffffff || option("nvlink_kib", -1) < 0) return NOT_SUPPORTED;
        field->type = 3;
        field->value.l = (u64)option("nvlink_kib", 0) * (field->id == 139 ? 2 : 1);
        return 0;
    }
    return NOT_SUPPORTED;
}
EXPORT int nvmlDeviceGetFieldValues(Device device, int count, Field *fields) {
    CHECK(device);
    for (int i = 0; i < count; i++) {
        Field *field = fields + i;
        field->code = 0;
        if (field->id == 82) { field->type = 1; field->value.u = option("memory_celsius", 77); }
        else if ((field->id == 197 || field->id == 198) && option("pcie", -1) >= 0) {
            u64 bytes = (u64)option("pcie", 0) * (field->id == 198 ? 2 : 1);
            /* The H200's counts are of 32 bits, and begin anew; the number counts megabytes. */
            if (option("narrow", 0)) {
                /* 1: 32 bits; 5: signed ones; 6: 16 bits; 7: no number at all */
                field->type = option("narrow", 0);
                field->value.u = (u32)(bytes * 1000000);
                if (field->type == 6) field->value.u &= 0xffff;
                if (field->type == 7) { field->type = 0; field->value.d = 0.0 / 0.0; }
            }
            else { field->type = 3; field->value.l = bytes; }
        } else if (option("details", 0) && !detail_field(field)) field->code = 0;
        else if (option("datacenter", 0) && !health_field(field)) field->code = 0;
        else field->code = NOT_SUPPORTED;
    }
    return 0;
}
EXPORT int nvmlDeviceGetEccMode(Device device, u32 *current, u32 *pending) {
    calls[4]++;
    CHECK(device);
    if (!option("ecc", 1)) return NOT_SUPPORTED;
    *current = *pending = 1;
    return 0;
}
EXPORT int nvmlDeviceGetTotalEccErrors(Device device, u32 type, u32 counter, u64 *count) {
    CHECK(device);
    *count = type ? option("uncorrected", 0) : 7;
    return 0;
}
EXPORT int nvmlDeviceGetMigMode(Device device, u32 *current, u32 *pending) {
    CHECK(device);
    *current = *pending = option("mig", 0);
    return 0;
}
EXPORT int nvmlDeviceGetMaxMigDeviceCount(Device device, u32 *count) {
    if (option("uncounted", 0)) return 999;
    *count = option("instances", 3);
    return 0;
}
EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(Device device, u32 index, Device *instance) {
    if (index == 1) return NOT_FOUND; /* a gap */
    calls[6]++;
    *instance = (Device)(long)(101 + index);
    return 0;
}
typedef struct { u32 counts[6], gpu_slices, compute_slices; u64 megabytes; } Attributes;
EXPORT int nvmlDeviceGetAttributes_v2(Device device, Attributes *attributes) {
    memset(attributes, 0, sizeof *attributes);
    attributes->gpu_slices = attributes->compute_slices = 1;
    attributes->megabytes = 10240;
    return 0;
}
#ifdef OLDEST_DRIVER
#define nvmlDeviceGetComputeRunningProcesses_v3 nvmlDeviceGetComputeRunningProcesses_v2
#define nvmlDeviceGetGraphicsRunningProcesses_v3 nvmlDeviceGetGraphicsRunningProcesses_v2
#define nvmlDeviceGetMPSComputeRunningProcesses_v3 nvmlDeviceGetMPSComputeRunningProcesses_v2
#endif
typedef struct { u32 pid; u64 memory; u32 gpu_instance, compute_instance; } Process;
static int list(u32 *count, Process *processes, u32 pid, u64 memory) {
    if (*count < 1 || !processes) { *count = 1; return INSUFFICIENT_SIZE; }
    memset(processes, 0, sizeof *processes);
    processes->pid = pid; processes->memory = memory;
    *count = 1;
    return 0;
}
EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(Device device, u32 *count, Process *processes) {
    calls[2]++;
    CHECK(device);
    if (!option("processes", 1)) { *count = 0; return 0; }
    return list(count, processes, 4242, 6ull << 30);
}
EXPORT int nvmlDeviceGetGraphicsRunningProcesses_v3(Device device, u32 *count, Process *processes) {
    CHECK(device);
    if (!option("processes", 1)) { *count = 0; return 0; }
    return list(count, processes, 4242, 5ull << 30);
}
EXPORT int nvmlDeviceGetMPSComputeRunningProcesses_v3(Device device, u32 *count, Process *processes) {
    CHECK(device);
    if (!option("processes", 1)) { *count = 0; return 0; }
    return list(count, processes, 4343, ~0ull);
}
typedef struct { u32 pid; u64 time; u32 sm, memory, encoder, decoder; } Sample;
EXPORT int nvmlDeviceGetProcessUtilization(Device device, Sample *samples, u32 *count, u64 since) {
    CHECK(device);
    if (option("nosamples", 0)) { *count = 0; return 0; } /* the binding raises NVMLError(0) */
    if (!samples) { *count = 5; return INSUFFICIENT_SIZE; }
    Sample made[5] = {
        {4242, 50000000, 33, 5, 0, 0},   /* older than the next */
        {4242, 51000000, 55, 5, 0, 0},
        {4343, 40000000, 12, 5, 0, 0},   /* eleven seconds old */
        {4242, 99000000, 37100, 5, 0, 0}, /* garbage */
        {0, 51000000, 10, 5, 0, 0},
    };
    memcpy(samples, made, sizeof made);
    *count = 5;
    return 0;
}
/* GPM: as an H200's driver answers. A figure is option gpm_NUMBER in tenths; every other succeeds with
 * 0.0, that of hardware which is not there, too. */
typedef struct { u32 version, supported; } GpmSupport;
typedef struct { int taken, instance; } GpmSample;
typedef struct { u32 id; int code; double value; char *names[3]; } GpmMetric;
typedef struct { u32 version, count; GpmSample *one, *other; GpmMetric metrics[]; } GpmQuestion;
EXPORT int nvmlGpmQueryDeviceSupport(Device device, GpmSupport *support) {
    CHECK(device);
    if (support->version != 1) return 25;
    if (option("gpm", 0) == 2) return 4; /* denied */
    support->supported = option("gpm", 0);
    return 0;
}
EXPORT int nvmlGpmSampleAlloc(GpmSample **sample) {
    calls[11]++;
    *sample = calloc(1, sizeof **sample);
    return 0;
}
EXPORT int nvmlGpmSampleFree(GpmSample *sample) { calls[11]--; free(sample); return 0; }
EXPORT int nvmlGpmSampleGet(Device device, GpmSample *sample) {
    CHECK(device);
    if (option("mig", 0)) return NOT_SUPPORTED;
    sample->taken = ++calls[9];
    sample->instance = 0;
    return 0;
}
EXPORT int nvmlGpmMigSampleGet(Device device, u32 instance, GpmSample *sample) {
    if (is_instance(device)) return INVALID_ARGUMENT; /* it wants the whole GPU's handle */
    CHECK(device);
    sample->taken = ++calls[9];
    sample->instance = instance;
    return 0;
}
EXPORT int nvmlGpmMetricsGet(GpmQuestion *question) {
    calls[10]++; calls[17] += question->count;
    GpmSample *one = question->one, *other = question->other;
    if (question->version != 1 || !one->taken || one->taken >= other->taken) return INVALID_ARGUMENT;
    if (one->instance != other->instance) return INVALID_ARGUMENT;
    /* An early driver knows no higher numbers, and refuses the whole question. */
    for (u32 i = 0; i < question->count; i++)
        if ((int)question->metrics[i].id > option("gpm_most", 1000)) return INVALID_ARGUMENT;
    for (u32 i = 0; i < question->count; i++) {
        GpmMetric *metric = question->metrics + i;
        char name[32];
        snprintf(name, sizeof name, "gpm_%u", metric->id);
        metric->value = option(name, 0) / 10.0 + one->instance;
        metric->code = option("gpm_fails", 0) == (int)metric->id ? NOT_SUPPORTED : 0;
        if (option("gpm_nan", 0) == (int)metric->id) metric->value = 0.0 / 0.0;
    }
    return 0;
}
EXPORT int nvmlDeviceGetGpuInstanceId(Device device, u32 *instance) {
    CHECK(device);
    *instance = (u32)(long)device - 100;
    return 0;
}
EXPORT int nvmlDeviceGetNvLinkState(Device device, u32 link, u32 *active) {
    CHECK(device);
    if (!option("nvlink", 0)) return NOT_SUPPORTED;
    *active = 1;
    return 0;
}
NUMBER(nvmlDeviceGetNumGpuCores, 16896)
EXPORT int nvmlDeviceGetCudaComputeCapability(Device device, int *major, int *minor) {
    CHECK(device);
    *major = 9; *minor = 0;
    return 0;
}
/* Details, as an H200's driver answered. */
EXPORT int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = 12090; return 0; }
EXPORT int nvmlDeviceGetTemperatureThreshold(Device device, u32 threshold, u32 *celsius) {
    static const u32 answers[] = {95, 89, 95, 87};
    CHECK(device);
    if (threshold > 3 || !option("details", 0) || option("tlimit", 0)) return NOT_SUPPORTED;
    *celsius = answers[threshold];
    return 0;
}
typedef struct { u32 version; int degrees; } Margin;
EXPORT int nvmlDeviceGetMarginTemperature(Device device, Margin *margin) {
    CHECK(device);
    if (!option("details", 0)) return NOT_SUPPORTED;
    margin->degrees = 87 - 61;
    return 0;
}
typedef struct { u64 total, free, used; } Bar1;
EXPORT int nvmlDeviceGetBAR1MemoryInfo(Device device, Bar1 *window) {
    CHECK(device);
    if (!option("details", 0)) return NOT_SUPPORTED;
    window->total = 256ull << 30; window->used = 2ull << 20; window->free = window->total - window->used;
    return 0;
}
#define DETAIL(name, answer) \
    EXPORT int name(Device device, u32 *value) { \
        CHECK(device); if (!option("details", 0)) return NOT_SUPPORTED; *value = answer; return 0; }
DETAIL(nvmlDeviceGetPersistenceMode, 1)
DETAIL(nvmlDeviceGetComputeMode, option("compute_mode", 0))
DETAIL(nvmlDeviceGetModuleId, 2)
typedef struct { u32 environment, feature, tools; } Confidential;
EXPORT int nvmlSystemGetConfComputeState(Confidential *state) {
    if (!option("details", 0)) return NOT_SUPPORTED;
    state->environment = 0; state->feature = option("cc", 0); state->tools = option("cc_tools", 0);
    return 0;
}
typedef struct { u32 version; unsigned char cluster[16]; u32 status, clique, state, health; } Fabric;
EXPORT int nvmlDeviceGetGpuFabricInfoV(Device device, Fabric *fabric) {
    CHECK(device);
    if (!option("details", 0)) return NOT_SUPPORTED;
    if (fabric->version != (2u << 24 | sizeof *fabric)) return 25;
    fabric->status = option("fabric_status", 0); fabric->clique = 0;
    fabric->state = option("fabric", 3); fabric->health = option("fabric_health", 2);
    return 0;
}
DETAIL(nvmlDeviceGetPowerManagementDefaultLimit, 690000)
EXPORT int nvmlDeviceGetPowerManagementLimitConstraints(Device device, u32 *least, u32 *most) {
    CHECK(device);
    if (!option("details", 0)) return NOT_SUPPORTED;
    *least = option("least_watts", 200) * 1000; *most = 710000;
    return 0;
}
EXPORT int nvmlDeviceGetVbiosVersion(Device device, char *text, u32 size) {
    CHECK(device);
    if (!option("details", 0)) return NOT_SUPPORTED;
    snprintf(text, size, "96.00.99.00.01");
    return 0;
}
EXPORT int nvmlDeviceGetMaxClockInfo(Device device, u32 type, u32 *megahertz) {
    calls[14]++;
    CHECK(device);
    if (!option("details", 0)) return NOT_SUPPORTED;
    static const u32 answers[] = {1980, 1995, 3201, 1545};
    *megahertz = answers[type];
    return 0;
}
/* Health. */
typedef struct { u32 max, high, partial, low, none; } Histogram;
EXPORT int nvmlDeviceGetRowRemapperHistogram(Device device, Histogram *histogram) {
    CHECK(device);
    if (!option("datacenter", 0)) return NOT_SUPPORTED;
    memset(histogram, 0, sizeof *histogram);
    histogram->max = 3072 - option("spareless", 0);
    histogram->none = option("spareless", 0);
    return 0;
}
EXPORT int nvmlDeviceGetRetiredPagesPendingStatus(Device device, u32 *pending) {
    CHECK(device);
    if (option("retiring", -1) < 0) return NOT_SUPPORTED;
    *pending = option("retiring", 0);
    return 0;
}
NUMBER(nvmlDeviceGetPcieReplayCounter, 1)
/* An error of device xid_device, and of its instance xid_instance, is reported once a change of
 * option xid, to the set that the device is in; what was reported before a set was made is not. */
typedef struct { Device devices[16]; int count, told; } EventSet;
typedef struct { Device device; u64 type, data; u32 gpu_instance, compute_instance; } Event;
EXPORT int nvmlDeviceGetSupportedEventTypes(Device device, u64 *types) {
    CHECK(device);
    *types = option("events", 1) ? 0xff9f : 0;
    return 0;
}
EXPORT int nvmlEventSetCreate(EventSet **set) {
    if (option("set_fails", 0)) return option("set_fails", 0);
    calls[13]++;
    *set = calloc(1, sizeof **set);
    (*set)->told = option("xid", 0);
    return 0;
}
EXPORT int nvmlEventSetFree(EventSet *set) { calls[13]--; free(set); return 0; }
EXPORT int nvmlDeviceRegisterEvents(Device device, u64 types, EventSet *set) {
    CHECK(device);
    if (option("unregistered", -1) == number(device)) return 4;
    set->devices[set->count++] = device;
    calls[15]++;
    return 0;
}
static int holds(EventSet *set, long wanted) {
    for (int i = 0; i < set->count; i++) if (number(set->devices[i]) == wanted) return 1;
    return 0;
}
EXPORT int nvmlEventSetWait_v2(EventSet *set, Event *event, u32 milliseconds) {
    struct timespec until;
    int late = 0;
    calls[16]++;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) { until.tv_sec++; until.tv_nsec -= 1000000000; }
    for (;;) {
        if (option("uninitialized", 0)) return 1;
        if (option("wait_fails", 0)) return option("wait_fails", 0);
        if (option("lost", -1) >= 0 && holds(set, option("lost", -1))) return LOST;
        if (option("xid", 0) != set->told && holds(set, option("xid_device", 0))) break;
        if (late) return 10;
        pthread_mutex_lock(&lock);
        late = pthread_cond_timedwait(&changed, &lock, &until);
        pthread_mutex_unlock(&lock);
    }
    set->told = option("xid", 0);
    memset(event, 0, sizeof *event);
    /* An instance's own handle, where the driver names that. */
    event->device = (Device)(long)(option("xid_device", 0) + 1);
    if (option("xid_by_instance", 0)) event->device = (Device)(long)101;
    event->type = option("event_type", 8);
    event->data = set->told;
    event->gpu_instance = option("xid_instance", -1);
    event->compute_instance = 0xffffffff;
    return 0;
}
EXPORT int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(Device instance, Device *device) {
    if (!is_instance(instance)) return INVALID_ARGUMENT;
    *device = (Device)(long)(option("xid_device", 0) + 1);
    return 0;
}
