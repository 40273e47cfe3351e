#pragma once

/// \file
/// BlockSource: rows of a corpus or of queries that are looked at block by block, wherever they are.

#include <mohs/batch.hpp>

#include <concepts>
#include <utility>

namespace mohs::inline MOHS_ABI {

/// A block of rows in memory: any strides, so that it may be a part of a matrix.
template <class Scalar>
using BlockRows = Eigen::Map<const MatrixOf<Scalar>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

/// Rows that need not be in memory at once. What corpus mining takes for queries and corpus, besides batches:
///
///     struct MyRows {
///         using Scalar = float;                  // float, double, Eigen::half or Eigen::bfloat16
///         mohs::Index rows() const;
///         mohs::Index columns() const;           // at least 1
///         // Rows [first, first + count), which are there: in `buffer`, or where they lie.
///         auto block(mohs::Index first, mohs::Index count, mohs::Matrix& buffer) const
///         {
///             buffer.resize(count, columns());
///             ...
///             return mohs::BlockRows<float>(buffer.data(), count, columns(), {columns(), 1});
///         }
///     };
///
/// `block` returns a Map, or a block of one, whose rows are valid until the next call with the same buffer, and the
/// same rows each time: a row is read several times. It is called on the calling thread alone, with count 1 too, and
/// what it throws passes. Optional: `bool has_ids() const` and `std::int64_t id(Index row) const`, the sample ids of
/// a Batch.
template <class S>
concept BlockSource = requires(const S& source, MatrixOf<typename S::Scalar>& buffer, Index row) {
    requires detail::is_row_scalar<typename S::Scalar>;
    {
        source.rows()
    } -> std::convertible_to<Index>;
    {
        source.columns()
    } -> std::convertible_to<Index>;
    requires detail::DirectRows<decltype(source.block(row, row, buffer))>;
    requires !detail::OwnsRows<decltype(source.block(row, row, buffer))>::value;
};

namespace detail {

template <class Source>
bool source_has_ids(const Source& source)
{
    if constexpr (requires { source.has_ids(); }) {
        return source.has_ids();
    } else {
        return false;
    }
}

/// The sample id of a row, or its number where there are no ids.
template <class Source>
std::int64_t source_id(const Source& source, Index row)
{
    if constexpr (requires { source.id(row); }) {
        return source_has_ids(source) ? source.id(row) : row;
    } else {
        return row;
    }
}

}  // namespace detail

/// The rows of a batch, or of a matrix, Map or block, as a BlockSource: blocks are views, nothing is copied. They
/// have to outlive it. Sample ids of the batch stay; its labels, roles and relation are not looked at.
template <class Scalar_>
class MatrixSource {
public:
    using Scalar = Scalar_;

    explicit MatrixSource(const Batch<Scalar>& batch) : batch_(batch) {}
    template <detail::BorrowedRows Rows>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    explicit MatrixSource(Rows&& rows) : batch_(std::forward<Rows>(rows))
    {
    }
    template <detail::TemporaryRows Rows>
    explicit MatrixSource(Rows&&) = delete;  // the rows are a temporary: keep them in a variable
    template <detail::LazyRows Rows>
    explicit MatrixSource(Rows&&) = delete;  // the rows are a lazy expression: evaluate it into a mohs::Matrix

    [[nodiscard]] Index rows() const { return batch_.rows(); }
    [[nodiscard]] Index columns() const { return batch_.dimension(); }
    [[nodiscard]] bool has_ids() const { return batch_.has_ids(); }
    [[nodiscard]] std::int64_t id(Index row) const { return batch_.id(row); }
    [[nodiscard]] const Batch<Scalar>& batch() const { return batch_; }

    [[nodiscard]] BlockRows<Scalar> block(Index first, Index count, MatrixOf<Scalar>&) const
    {
        return {batch_.data() + first * batch_.row_stride(), count, batch_.dimension(),
                Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(batch_.row_stride(), batch_.column_stride())};
    }

private:
    Batch<Scalar> batch_;
};
template <class Scalar>
MatrixSource(const Batch<Scalar>&) -> MatrixSource<Scalar>;
template <class Rows>
    requires detail::EigenRows<Rows>
MatrixSource(Rows&&) -> MatrixSource<typename detail::RowScalar<Rows>::Type>;

/// Rows that something else reads, as a BlockSource of `Scalar`: of a class with `rows()`, `columns()`, `read(first,
/// count, matrix)`, which fills a matrix, and perhaps `view<Scalar>(first, count)`, which returns an std::optional of
/// a Map where rows lie in memory, as the files of io/. It is referred to, and has to outlive it.
///
///     const mohs::ReadSource<float, mohs::RowFile> corpus(file);
template <class Scalar_, class Reader>
class ReadSource {
public:
    using Scalar = Scalar_;

    explicit ReadSource(const Reader& reader) : reader_(&reader) {}
    ReadSource(const Reader&&) = delete;  // a temporary: keep it in a variable

    [[nodiscard]] Index rows() const { return reader_->rows(); }
    [[nodiscard]] Index columns() const { return reader_->columns(); }
    [[nodiscard]] BlockRows<Scalar> block(Index first, Index count, MatrixOf<Scalar>& buffer) const
    {
        using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
        if constexpr (requires { reader_->template view<Scalar>(first, count); }) {
            if (const auto view = reader_->template view<Scalar>(first, count)) {
                return {view->data(), count, columns(), Stride(view->outerStride(), 1)};
            }
        }
        reader_->read(first, count, buffer);
        return {buffer.data(), count, columns(), Stride(columns(), 1)};
    }

private:
    const Reader* reader_;
};

/// A source with sample ids: rows of one id are the same sample, and a query is no negative of itself (batch.hpp).
/// `ids` are contiguous integers, one per row; both have to outlive it. Throws std::invalid_argument for another
/// number of ids.
template <BlockSource Source>
class IdentifiedSource {
public:
    using Scalar = typename Source::Scalar;

    template <detail::BorrowedIntegers Ids>
    IdentifiedSource(const Source& source, Ids&& ids)
        : source_(&source), ids_(detail::view_integers<Ids>(ids, "ids", "IdentifiedSource"))
    {
        if (ids_.size() != source.rows()) {
            detail::throw_size_mismatch("IdentifiedSource", source.rows(), ids_.size(), "ids");
        }
    }
    template <detail::TemporaryIntegers Ids>
    IdentifiedSource(const Source&, Ids&&) = delete;  // the ids are a temporary: keep them in a variable

    [[nodiscard]] Index rows() const { return source_->rows(); }
    [[nodiscard]] Index columns() const { return source_->columns(); }
    [[nodiscard]] bool has_ids() const { return true; }
    [[nodiscard]] std::int64_t id(Index row) const { return ids_[row]; }
    [[nodiscard]] auto block(Index first, Index count, MatrixOf<Scalar>& buffer) const
    {
        return source_->block(first, count, buffer);
    }

private:
    const Source* source_;
    detail::IntegerView ids_;
};

}  // namespace mohs::inline MOHS_ABI
