#pragma once

/// \file
/// Writes .npy files, the format of NumPy.

#include <mohs/detail/base/borrowed.hpp>
#include <mohs/detail/base/check.hpp>
#include <mohs/detail/io/npy_header.hpp>
#include <mohs/io/atomic_file.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Elements that .npy files have: all of ScalarKind but bfloat16.
template <class Element>
concept NpyElement = detail::npy_type<Element> != nullptr;

/// Writes an array of N x D block by block, so that rows that no memory holds can be written as they are made:
///
///     mohs::NpyWriter<float> file("corpus.npy", texts.size(), 384);
///     for (const Block& block : blocks) {
///         file.write(model.embed(block));
///     }
///     file.commit();
///
/// Version 1 of the format, little endian, C order, elements from byte 128 on. Safe against crashes, as `AtomicFile`:
/// it is there as a whole after `commit`, or not at all.
///
/// Throws std::invalid_argument for negative numbers of rows or none of columns, blocks of other columns, more rows
/// than were announced, fewer at `commit`; std::runtime_error as AtomicFile. O(elements); memory for 64 KiB and a row,
/// and a copy of blocks that are expressions or have no contiguous rows.
template <NpyElement Scalar>
class NpyWriter {
public:
    NpyWriter(std::filesystem::path path, Index rows, Index columns)
        : rows_(rows), columns_(columns), file_(checked_path(std::move(path)))
    {
        std::string header = std::string("{'descr': '") + detail::npy_type<Scalar> +
                             "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                             std::to_string(columns) + "), }";
        header.resize(header_size - 1 - start.size(), ' ');
        header += '\n';
        file_.write(start);
        file_.write(header);
    }

    /// Appends rows: any Eigen matrix or expression of this scalar.
    template <detail::EigenRows Rows>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    void write(const Rows& rows)
    {
        if (rows.cols() != columns_) {
            detail::throw_invalid("NpyWriter: a block has " + std::to_string(rows.cols()) + " columns, but the file " +
                                  std::to_string(columns_));
        }
        if (rows.rows() > rows_ - written_) {
            detail::throw_invalid("NpyWriter: " + std::to_string(written_) + " rows and a block of " +
                                  std::to_string(rows.rows()) + " are more than the " + std::to_string(rows_) +
                                  " that were announced");
        }
        // Evaluates expressions, and rows that are not contiguous, once.
        const Eigen::Ref<const MatrixOf<Scalar>, 0, Eigen::OuterStride<>> plain(rows);
        MatrixOf<Scalar> row(1, columns_);
        for (Index i = 0; i < plain.rows(); ++i) {
            row = plain.row(i);
            auto* bytes = reinterpret_cast<std::byte*>(row.data());
            detail::order_bytes(detail::scalar_kind_of<Scalar>, bytes, static_cast<std::size_t>(columns_));
            file_.write(bytes, static_cast<std::size_t>(columns_) * sizeof(Scalar));
        }
        written_ += rows.rows();
    }

    /// Puts the file in place.
    void commit()
    {
        if (written_ != rows_) {
            detail::throw_invalid("NpyWriter: " + std::to_string(written_) + " rows were written, but " +
                                  std::to_string(rows_) + " announced");
        }
        file_.commit();
    }

private:
    static constexpr std::size_t header_size = 128;
    static constexpr std::string_view start{"\x93NUMPY\x01\x00\x76\x00", 10};

    std::filesystem::path checked_path(std::filesystem::path path) const
    {
        if (rows_ < 0 || columns_ < 1) {
            detail::throw_invalid("NpyWriter: there cannot be " + std::to_string(rows_) + " rows of " +
                                  std::to_string(columns_) + " columns");
        }
        return path;
    }

    Index rows_, columns_, written_ = 0;
    AtomicFile file_;
};

/// Writes a matrix, or what it is an expression of, as an array of N x D. As NpyWriter.
template <detail::EigenRows Rows>
void write_npy(const std::filesystem::path& path, const Rows& rows)
{
    static_assert(NpyElement<typename Rows::Scalar>,
                  "mohs::write_npy: .npy files have no elements of this type; cast bfloat16 to float");
    NpyWriter<typename Rows::Scalar> file(path, rows.rows(), rows.cols());
    file.write(rows);
    file.commit();
}

}  // namespace mohs::inline MOHS_ABI
