#include "allocations.hpp"

#include "catch.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace {

std::atomic<std::size_t> calls{0}, held{0}, peak{0};

/// Stands right before the memory that is handed out.
struct alignas(std::max_align_t) Header {
    void* block;
    std::size_t size;
};

constexpr std::size_t ordinary = alignof(std::max_align_t);

/// Null where there is no memory. Ordinary blocks end where the program's memory ends, so that a sanitizer sees every
/// step beyond it.
void* allocate(std::size_t size, std::size_t alignment) noexcept
{
    const std::size_t slack = alignment > ordinary ? alignment : 0;
    void* const block = std::malloc(sizeof(Header) + size + slack);
    if (block == nullptr) {
        return nullptr;
    }
    std::uintptr_t memory = reinterpret_cast<std::uintptr_t>(block) + sizeof(Header) + slack;
    memory -= slack == 0 ? 0 : memory % alignment;
    reinterpret_cast<Header*>(memory)[-1] = {block, size};
    ++calls;
    const std::size_t now = held += size;
    for (std::size_t before = peak; before < now && !peak.compare_exchange_weak(before, now);) {
    }
    return reinterpret_cast<void*>(memory);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment)
{
    void* const memory = allocate(size, alignment);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void release(void* memory) noexcept
{
    if (memory != nullptr) {
        const Header header = static_cast<Header*>(memory)[-1];
        held -= header.size;
        std::free(header.block);
    }
}

}  // namespace

std::size_t allocations::count()
{
    return calls;
}
std::size_t allocations::bytes_held()
{
    return held;
}
std::size_t allocations::peak_bytes()
{
    return peak;
}
void allocations::reset_peak()
{
    peak = held.load();
}

// All forms, because a sanitizer brings its own version of those that are not replaced.
void* operator new(std::size_t size)
{
    return allocate_or_throw(size, ordinary);
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return allocate(size, ordinary);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept
{
    release(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    release(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    release(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept
{
    release(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept
{
    release(memory);
}
void* operator new[](std::size_t size)
{
    return allocate_or_throw(size, ordinary);
}
void* operator new[](std::size_t size, std::align_val_t alignment)
{
    return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept
{
    return allocate(size, ordinary);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete[](void* memory) noexcept
{
    release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    release(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept
{
    release(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept
{
    release(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept
{
    release(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept
{
    release(memory);
}

TEST_CASE("allocations are counted")
{
    const std::size_t calls_before = allocations::count(), held_before = allocations::bytes_held();
    allocations::reset_peak();
    {
        const std::vector<double> memory(1000);
        REQUIRE(allocations::count() > calls_before);
        REQUIRE(allocations::bytes_held() >= held_before + 8000);
    }
    REQUIRE(allocations::bytes_held() < held_before + 8000);
    REQUIRE(allocations::peak_bytes() >= held_before + 8000);
}

TEST_CASE("aligned allocations are counted and aligned")
{
    struct alignas(256) Aligned {
        char bytes[256];
    };
    const std::size_t before = allocations::count();
    const auto memory = std::make_unique<Aligned>();
    REQUIRE(allocations::count() > before);
    REQUIRE(reinterpret_cast<std::uintptr_t>(memory.get()) % 256 == 0);
}
