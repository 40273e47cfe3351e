#pragma once

/// \file
/// RowSource: rows of embeddings, wherever they are, block by block.

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/io/stored_elements.hpp>
#include <mohs/types.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Rows in memory that somebody else owns, as a Batch takes them.
template <class Scalar>
using RowView = Eigen::Map<const MatrixOf<Scalar>, Eigen::Unaligned, Eigen::OuterStride<>>;

/// What elements can be read as: what a Batch has, and integers of 64 bits, for labels, groups and ids.
template <class Scalar>
concept ReadableAs = detail::is_row_scalar<Scalar> || std::same_as<Scalar, std::int64_t>;

/// Rows of a file, or of anything else, of any number: a block is read, used, and forgotten, so memory does not depend
/// on how many there are.
///
///     const mohs::RowFile corpus = mohs::open_npy("corpus.npy");
///     mohs::Matrix block;
///     for (mohs::Index first = 0; first < corpus.rows(); first += 4096) {
///         corpus.read(first, (std::min)(mohs::Index{4096}, corpus.rows() - first), block);
///         ...
///     }
///
/// There are two ways to get at a block: `read` copies it, converted to the type that is asked for, and `view` shows it
/// where it lies, if it lies in memory as that type. `RowBlock` takes whichever there is. Rows that are not finite are
/// neither refused nor changed: scans leave them out and count them.
///
/// A source of one's own derives from this, says how many rows there are and reads them as they are stored.
class RowSource {
public:
    virtual ~RowSource() = default;

    [[nodiscard]] virtual Index rows() const = 0;
    /// At least 1.
    [[nodiscard]] virtual Index columns() const = 0;
    /// What the elements are where they are stored.
    [[nodiscard]] virtual ScalarKind scalar() const = 0;

    /// Copies rows [first, first + count), one after the other, each of columns() elements. What becomes a 16-bit float
    /// goes through float; numbers beyond the range of a float type become infinite, and integers the nearest number.
    ///
    /// Throws std::out_of_range for rows that are not there, std::invalid_argument where `to` has another size or
    /// floats are to be read as integers, std::runtime_error for what a source cannot read. O(count columns); memory
    /// for 64 KiB, or a row, where elements are converted.
    template <ReadableAs Scalar>
    void read(Index first, Index count, std::span<Scalar> to) const
    {
        check_range(first, count);
        if (to.size() != size_of(count)) {
            detail::throw_wrong_length("RowSource", "the memory for a block", static_cast<long long>(to.size()),
                                       static_cast<long long>(size_of(count)));
        }
        if constexpr (std::is_integral_v<Scalar>) {
            if (!detail::is_integer(scalar())) {
                detail::throw_invalid("RowSource: the rows are of floats, and cannot be read as integers");
            }
        }
        if (scalar() == detail::scalar_kind_of<Scalar>) {
            read_stored(first, count, reinterpret_cast<std::byte*>(to.data()));
            return;
        }
        const Index at_once = (std::max)(Index{1}, Index{65536 / sizeof(double)} / columns());
        const std::size_t element = detail::size_of(scalar());
        std::vector<std::byte> stored(size_of((std::min)(at_once, count)) * element);
        for (Index done = 0; done < count; done += at_once) {
            const Index now = (std::min)(at_once, count - done);
            read_stored(first + done, now, stored.data());
            detail::convert_elements(scalar(), stored.data(), size_of(now), to.data() + size_of(done));
        }
    }

    /// The same into a matrix, which gets the size of the block. It allocates where that is another one than before.
    template <ReadableAs Scalar>
    void read(Index first, Index count, MatrixOf<Scalar>& to) const
    {
        check_range(first, count);
        to.resize(count, columns());
        read(first, count, std::span<Scalar>(to.data(), static_cast<std::size_t>(to.size())));
    }

    /// Rows [first, first + count) where they lie, as long as the source lives; nothing where they are not in memory,
    /// or not as `Scalar`: `read` has them then. Throws std::out_of_range for rows that are not there, and what the
    /// source throws. O(1), or O(count) where the rows of a file are checked.
    template <ReadableAs Scalar>
    [[nodiscard]] std::optional<RowView<Scalar>> view(Index first, Index count) const
    {
        check_range(first, count);
        if (scalar() != detail::scalar_kind_of<Scalar>) {
            return std::nullopt;
        }
        const StoredRows rows = map_stored(first, count);
        const bool aligned = reinterpret_cast<std::uintptr_t>(rows.data) % alignof(Scalar) == 0 &&
                             rows.stride % static_cast<Index>(sizeof(Scalar)) == 0;
        if (rows.data == nullptr || !aligned) {
            return std::nullopt;
        }
        return RowView<Scalar>(reinterpret_cast<const Scalar*>(rows.data), count, columns(),
                               Eigen::OuterStride<>(rows.stride / static_cast<Index>(sizeof(Scalar))));
    }

protected:
    /// Where stored rows lie: the first element of the first row, null for nowhere, and bytes from row to row.
    struct StoredRows {
        const std::byte* data = nullptr;
        Index stride = 0;
    };

    RowSource() = default;
    RowSource(const RowSource&) = default;
    RowSource(RowSource&&) = default;
    RowSource& operator=(const RowSource&) = default;
    RowSource& operator=(RowSource&&) = default;

    /// Copies rows that are there, elements as they are stored but in this machine's order of bytes, without gaps.
    virtual void read_stored(Index first, Index count, std::byte* to) const = 0;
    /// Where rows that are there lie, if they do in memory, in this machine's order of bytes.
    [[nodiscard]] virtual StoredRows map_stored(Index, Index) const { return {}; }

private:
    [[nodiscard]] std::size_t size_of(Index count) const
    {
        return static_cast<std::size_t>(count) * static_cast<std::size_t>(columns());
    }
    void check_range(Index first, Index count) const
    {
        if (first < 0 || count < 0 || first > rows() || count > rows() - first) {
            detail::throw_out_of_range("RowSource: there are no " + std::to_string(count) + " rows from row " +
                                       std::to_string(first) + " on, but " + std::to_string(rows()) + " in all");
        }
    }
};

/// The block of a source that is worked on: shown where it lies, else read into memory of its own, which it keeps.
template <ReadableAs Scalar>
class RowBlock {
public:
    /// Rows [first, first + count), until the next call. Throws as `RowSource::read`.
    RowView<Scalar> load(const RowSource& source, Index first, Index count)
    {
        if (std::optional<RowView<Scalar>> view = source.view<Scalar>(first, count)) {
            return *view;
        }
        source.read(first, count, rows_);
        return RowView<Scalar>(rows_.data(), rows_.rows(), rows_.cols(), Eigen::OuterStride<>(rows_.cols()));
    }

private:
    MatrixOf<Scalar> rows_;
};

}  // namespace mohs::inline MOHS_ABI
