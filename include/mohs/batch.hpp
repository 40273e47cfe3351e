#pragma once

/// \file
/// Batch: rows of embeddings with their labels and sample ids, as a view.

#include <mohs/detail/base/bits.hpp>
#include <mohs/detail/base/borrowed.hpp>
#include <mohs/relation.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <initializer_list>
#include <span>

namespace mohs::inline MOHS_ABI {

/// A non-owning view of a batch: N rows of D elements, optionally with a label and a sample id per row.
///
/// Rows come from any Eigen matrix, Map, Ref or block with direct access: row- or column-major, any strides. Lazy
/// expressions and temporaries that own their data do not compile: evaluate them into a variable first, which has to
/// outlive the batch. 16-bit rows are computed with in float, double in double.
///
/// Labels are contiguous integers: rows with equal labels are positives of one another. Without labels, every other
/// row counts as a negative. Sample ids say which rows are the same sample: such pairs are never compared. Without
/// ids, a row of a self-scan is the same sample as itself, and two different batches share none. So where neither ids
/// nor a relation nor tuples say who is who, queries and a gallery that view the same rows in memory are refused: every
/// row would be its own nearest candidate, and its own positive. A batch is compared with itself by the call with one.
///
/// Zero rows are legal. Throws std::invalid_argument if there are no columns, or if the numbers of rows and labels or
/// ids differ. Costs O(1).
template <class Scalar_>
class Batch {
public:
    static_assert(!std::is_void_v<Scalar_>,
                  "mohs::Batch: rows must be an Eigen matrix, Map, Ref or block: put other memory into an Eigen::Map");
    static_assert(std::is_void_v<Scalar_> || detail::is_row_scalar<Scalar_>,
                  "mohs::Batch: rows must be float, double, Eigen::half or Eigen::bfloat16");
    using Scalar = Scalar_;
    using Compute = typename detail::ComputeOf<Scalar>::Type;

    template <detail::BorrowedRows Rows>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    explicit Batch(Rows&& rows) : data_(rows.data()), rows_(rows.rows()), dimension_(rows.cols())
    {
        const bool by_row = detail::Bare<Rows>::IsRowMajor;
        row_stride_ = by_row ? rows.outerStride() : rows.innerStride();
        column_stride_ = by_row ? rows.innerStride() : rows.outerStride();
        if (dimension_ == 0) {
            detail::throw_invalid("Batch: the rows have 0 columns, but embeddings need at least 1");
        }
        if (rows_ > detail::max_rows) {
            detail::throw_invalid("Batch: " + std::to_string(rows_) + " rows, but at most 2^31 - 64 are supported");
        }
    }

    template <detail::BorrowedRows Rows, detail::BorrowedIntegers Labels>
        requires std::same_as<typename detail::Bare<Rows>::Scalar, Scalar>
    Batch(Rows&& rows, Labels&& labels) : Batch(rows)
    {
        labels_ = detail::view_integers<Labels>(labels, "labels");
        if (labels_.size() != rows_) {
            detail::throw_size_mismatch("Batch", rows_, labels_.size(), "labels");
        }
    }

    // Compilers show the line of a deleted overload, so each says why there.
    template <detail::LazyRows Rows>
    explicit Batch(Rows&&) = delete;  // the rows are a lazy expression: evaluate it into a mohs::Matrix, and keep that
    template <detail::TemporaryRows Rows>
    explicit Batch(Rows&&) = delete;  // the rows are a temporary: keep them in a variable that outlives the batch
    template <detail::LazyRows Rows, class Labels>
    Batch(Rows&&, Labels&&) = delete;  // the rows are a lazy expression: evaluate it into a mohs::Matrix, and keep that
    template <detail::TemporaryRows Rows, class Labels>
    Batch(Rows&&, Labels&&) = delete;  // the rows are a temporary: keep them in a variable that outlives the batch
    template <detail::BorrowedRows Rows, detail::TemporaryIntegers Labels>
    Batch(Rows&&, Labels&&) = delete;  // the labels are a temporary: keep them in a variable that outlives the batch
    template <detail::BorrowedRows Rows, class Label>
    Batch(Rows&&, std::initializer_list<Label>) = delete;  // the labels are a temporary: keep them in a variable
    template <detail::BorrowedRows Rows, detail::NotIntegers Labels>
    Batch(Rows&&, Labels&&) = delete;  // labels have to be contiguous integers: map strings, floats or flags to 0, 1

    /// The same rows and labels, with sample ids. `ids` has to outlive the batch.
    template <detail::BorrowedIntegers Ids>
    [[nodiscard]] Batch with_ids(Ids&& ids) const
    {
        Batch result = *this;
        result.ids_ = detail::view_integers<Ids>(ids, "ids");
        if (result.ids_.size() != rows_) {
            detail::throw_size_mismatch("Batch", rows_, result.ids_.size(), "ids");
        }
        return result;
    }

    template <detail::TemporaryIntegers Ids>
    Batch with_ids(Ids&&) const = delete;  // the ids are a temporary: keep them in a variable that outlives the batch
    template <detail::NotIntegers Ids>
    Batch with_ids(Ids&&) const = delete;  // ids have to be contiguous integers: map strings or floats to 0, 1, 2, ...

    /// The same rows as anchors of `relation`, which stands in for labels and has to outlive the batch.
    [[nodiscard]] Batch related_by(const Relation& relation) const
    {
        Batch result = *this;
        result.relation_ = &relation;
        return result;
    }
    Batch related_by(const Relation&&) const = delete;  // a temporary: keep the relation in a variable

    /// The same with a role per row: a row is only used as what its role says. `roles` has to outlive the batch. Rows
    /// with Role::none are left out before anything is compared; where others have some roles and not all, mining takes
    /// about twice the time, because every pair is asked about.
    template <detail::BorrowedSpan<Role> Roles>
    [[nodiscard]] Batch with_roles(Roles&& roles) const
    {
        Batch result = *this;
        result.roles_ = roles;
        if (static_cast<Index>(result.roles_.size()) != rows_) {
            detail::throw_size_mismatch("Batch", rows_, static_cast<long long>(result.roles_.size()), "roles");
        }
        return result;
    }
    template <detail::TemporarySpan<Role> Roles>
    Batch with_roles(Roles&&) const = delete;  // a temporary: keep the roles in a variable that outlives the batch

    /// The same where rows of this label are of unknown class, as those of labels named before: they are left out.
    [[nodiscard]] Batch with_unknown_label(std::int64_t label) const { return with_unknown_labels({label}); }

    /// The same for several labels, as -1 and -100. At most 8 different ones in all, or std::invalid_argument.
    [[nodiscard]] Batch with_unknown_labels(std::initializer_list<std::int64_t> labels) const
    {
        if (!has_labels()) {
            detail::throw_invalid("Batch: there are no labels, of which one could stand for unknown");
        }
        Batch result = *this;
        for (const std::int64_t label : labels) {
            if (result.stands_for_unknown(label)) {
                continue;
            }
            if (result.unknown_count_ == unknown_.size()) {
                detail::throw_invalid("Batch: more than " + std::to_string(unknown_.size()) +
                                      " different labels cannot stand for unknown");
            }
            result.unknown_[result.unknown_count_++] = label;
        }
        return result;
    }

    /// The same where no label stands for unknown.
    [[nodiscard]] Batch with_labels_known() const
    {
        Batch result = *this;
        result.unknown_count_ = 0;
        return result;
    }

    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index dimension() const { return dimension_; }
    [[nodiscard]] bool has_labels() const { return !labels_.empty(); }
    [[nodiscard]] bool has_ids() const { return !ids_.empty(); }

    [[nodiscard]] const Relation* relation() const { return relation_; }
    [[nodiscard]] bool has_roles() const { return !roles_.empty(); }
    [[nodiscard]] Role role(Index row) const
    {
        return roles_.empty() ? Role::any : roles_[static_cast<std::size_t>(row)];
    }
    /// Whether nothing is known of the class of a row.
    [[nodiscard]] bool is_unknown(Index row) const { return unknown_count_ > 0 && stands_for_unknown(labels_[row]); }

    /// The label of a row. Only with labels.
    [[nodiscard]] std::int64_t label(Index row) const { return labels_[row]; }
    /// The labels of all rows, by row.
    void copy_labels(std::int64_t* to) const { labels_.copy_to(to); }
    /// The sample id of a row, or its number where there are no ids.
    [[nodiscard]] std::int64_t id(Index row) const { return has_ids() ? ids_[row] : row; }

    [[nodiscard]] Compute at(Index row, Index column) const
    {
        return static_cast<Compute>(data_[row * row_stride_ + column * column_stride_]);
    }

    /// Element (i, k) is at data()[i * row_stride() + k * column_stride()].
    [[nodiscard]] const Scalar* data() const { return data_; }
    [[nodiscard]] Index row_stride() const { return row_stride_; }
    [[nodiscard]] Index column_stride() const { return column_stride_; }

private:
    [[nodiscard]] bool stands_for_unknown(std::int64_t label) const
    {
        const auto end = unknown_.begin() + unknown_count_;
        return std::find(unknown_.begin(), end, label) != end;
    }

    const Scalar* data_;
    Index rows_, dimension_;
    Index row_stride_ = 0, column_stride_ = 0;
    detail::IntegerView labels_, ids_;
    const Relation* relation_ = nullptr;
    std::span<const Role> roles_;
    std::array<std::int64_t, 8> unknown_{};
    std::size_t unknown_count_ = 0;
};

template <class Rows>
Batch(Rows&&) -> Batch<typename detail::RowScalar<Rows>::Type>;
template <class Rows, class Labels>
Batch(Rows&&, Labels&&) -> Batch<typename detail::RowScalar<Rows>::Type>;
template <class Rows, class Label>
Batch(Rows&&, std::initializer_list<Label>) -> Batch<typename detail::RowScalar<Rows>::Type>;

}  // namespace mohs::inline MOHS_ABI
