#pragma once

/// \file
/// MatrixRows: rows in memory as a RowSource.

#include <mohs/detail/base/borrowed.hpp>
#include <mohs/io/row_source.hpp>

#include <cstring>

namespace mohs::inline MOHS_ABI {

/// Rows of an Eigen matrix, Map, Ref or block whose rows are contiguous, as a source: what takes files takes memory,
/// too. They are viewed, and have to outlive it. Throws std::invalid_argument without columns.
template <class Scalar_>
class MatrixRows final : public RowSource {
public:
    using Scalar = Scalar_;

    template <detail::BorrowedRows Rows>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    explicit MatrixRows(Rows&& rows)
        : data_(rows.data()), rows_(rows.rows()), columns_(rows.cols()), stride_(rows.outerStride())
    {
        static_assert(bool(detail::Bare<Rows>::IsRowMajor), "mohs::MatrixRows: the matrix must be row-major");
        if (columns_ == 0) {
            detail::throw_invalid("MatrixRows: the rows have 0 columns, but embeddings need at least 1");
        }
        if (columns_ > 1 && rows.innerStride() != 1) {
            detail::throw_invalid("MatrixRows: the elements of a row must be contiguous, but their stride is " +
                                  std::to_string(rows.innerStride()));
        }
    }
    template <detail::TemporaryRows Rows>
    explicit MatrixRows(Rows&&) = delete;  // the rows are a temporary: keep them in a variable that outlives the source

    [[nodiscard]] Index rows() const override { return rows_; }
    [[nodiscard]] Index columns() const override { return columns_; }
    [[nodiscard]] ScalarKind scalar() const override { return detail::scalar_kind_of<Scalar>; }

protected:
    void read_stored(Index first, Index count, std::byte* to) const override
    {
        const std::size_t size = static_cast<std::size_t>(columns_) * sizeof(Scalar);
        for (Index row = first; row < first + count; ++row, to += size) {
            std::memcpy(to, data_ + row * stride_, size);
        }
    }
    [[nodiscard]] StoredRows map_stored(Index first, Index) const override
    {
        return {reinterpret_cast<const std::byte*>(data_ + first * stride_),
                stride_ * static_cast<Index>(sizeof(Scalar))};
    }

private:
    const Scalar* data_;
    Index rows_, columns_, stride_;
};

template <class Rows>
MatrixRows(Rows&&) -> MatrixRows<typename detail::RowScalar<Rows>::Type>;

}  // namespace mohs::inline MOHS_ABI
