#pragma once

/// \file
/// Workspace: scratch memory that is kept between steps.

#include <mohs/types.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Scratch memory of a step. Hand the same workspace to every step and, once the largest batch has been seen twice,
/// steps no longer allocate.
///
/// A stack: what is taken is given back together, when the `Frame` that was opened before goes out of scope. Not for
/// use by several threads at a time: each thread that trains takes its own.
class Workspace {
public:
    Workspace() = default;
    Workspace(Workspace&&) noexcept = default;
    Workspace& operator=(Workspace&&) noexcept = default;
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;
    ~Workspace() = default;

    /// Gives back, at the end of its scope, what was taken since.
    class Frame {
    public:
        explicit Frame(Workspace& workspace) : workspace_(workspace), chunk_(workspace.chunk_), used_(workspace.used_)
        {
            if (chunk_ == 0 && used_ == 0) {
                workspace.merge_chunks();
            }
        }
        Frame(const Frame&) = delete;
        Frame& operator=(const Frame&) = delete;
        ~Frame()
        {
            workspace_.chunk_ = chunk_;
            workspace_.used_ = used_;
        }

    private:
        Workspace& workspace_;
        std::size_t chunk_, used_;
    };

    /// `count` elements, uninitialised, aligned to 64 bytes, valid until the current frame ends. For trivial types.
    template <class T>
    [[nodiscard]] std::span<T> take(Index count) &
    {
        static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
        const auto size = static_cast<std::size_t>(count);
        return {reinterpret_cast<T*>(take_bytes(size * sizeof(T))), size};
    }

    template <class T>
    [[nodiscard]] std::span<T> take(Index count, const T& value) &
    {
        const std::span<T> result = take<T>(count);
        std::uninitialized_fill(result.begin(), result.end(), value);
        return result;
    }

    /// Bytes held.
    [[nodiscard]] std::size_t capacity() const
    {
        std::size_t total = 0;
        for (const Chunk& chunk : chunks_) {
            total += chunk.size;
        }
        return total;
    }

private:
    static constexpr std::size_t alignment = 64, smallest_chunk = std::size_t{1} << 15;

    struct Release {
        void operator()(std::byte* memory) const { ::operator delete(memory, std::align_val_t{alignment}); }
    };
    struct Chunk {
        std::unique_ptr<std::byte, Release> memory;
        std::size_t size;
    };

    void add_chunk(std::size_t size)
    {
        chunks_.push_back({std::unique_ptr<std::byte, Release>(
                               static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment}))),
                           size});
    }

    /// A first pass leaves a chunk per large request; the next one finds a single chunk of their size.
    void merge_chunks()
    {
        if (chunks_.size() > 1) {
            const std::size_t total = capacity();
            chunks_.clear();
            add_chunk(total);
        }
    }

    std::byte* take_bytes(std::size_t size)
    {
        size = (size + alignment - 1) / alignment * alignment;
        while (chunk_ < chunks_.size() && chunks_[chunk_].size - used_ < size) {
            ++chunk_;
            used_ = 0;
        }
        if (chunk_ == chunks_.size()) {
            add_chunk(size < smallest_chunk ? smallest_chunk : size);
            used_ = 0;
        }
        std::byte* const result = chunks_[chunk_].memory.get() + used_;
        used_ += size;
        return result;
    }

    std::vector<Chunk> chunks_;
    std::size_t chunk_ = 0, used_ = 0;
};

}  // namespace mohs::inline MOHS_ABI
