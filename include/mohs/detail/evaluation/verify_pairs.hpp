#pragma once

/// \file
/// The values of listed pairs, for VerificationMetrics.

#include <mohs/detail/evaluation/duplicates.hpp>
#include <mohs/detail/evaluation/verify_list.hpp>
#include <mohs/detail/scene/check_batches.hpp>
#include <mohs/detail/scene/measure_rows.hpp>

#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What is known of a pair once its rows were looked at.
struct MeasuredRows {
    std::uint64_t key;
    bool finite, zero, duplicate;
};

template <class M, class A, class B>
MeasuredRows look_at(const Batch<A>& queries, const Batch<B>& gallery, const VerificationPair& pair)
{
    const auto kind = [](const auto& batch, Index row) {
        bool finite = true, zero = true;
        for (Index k = 0; k < batch.dimension(); ++k) {
            finite &= is_finite(batch.at(row, k));
            zero &= batch.at(row, k) == 0;
        }
        return std::pair{finite, zero};
    };
    const auto [anchor_finite, anchor_zero] = kind(queries, pair.anchor);
    const auto [candidate_finite, candidate_zero] = kind(gallery, pair.candidate);
    if (!anchor_finite || !candidate_finite) {
        return {0, false, false, false};
    }
    return {closeness_key<M>(measure_rows<M>(queries, pair.anchor, gallery, pair.candidate)), true,
            anchor_zero || candidate_zero, pair.same && equal_rows(queries, pair.anchor, gallery, pair.candidate)};
}

template <class M, class A, class B>
VerificationResult verify_pairs(const Batch<A>& queries, const Batch<B>& gallery,
                                std::span<const VerificationPair> pairs, const VerificationOptions& options,
                                const Options& how)
{
    static_assert(std::is_same_v<typename Batch<A>::Compute, typename Batch<B>::Compute>,
                  "mohs::VerificationMetrics: double rows cannot be compared with float or 16-bit rows");
    check_options(how);
    if (queries.dimension() != gallery.dimension()) {
        throw_wrong_columns("VerificationMetrics", queries.dimension(), gallery.dimension());
    }
    for (const VerificationPair& pair : pairs) {
        check_row("VerificationMetrics: anchor", pair.anchor, queries.rows());
        check_row("VerificationMetrics: candidate", pair.candidate, gallery.rows());
    }
    const auto count = static_cast<Index>(pairs.size());
    const auto at = [&](Index number) -> const VerificationPair& { return pairs[static_cast<std::size_t>(number)]; };
    const Folds folds(options.folds, count, [&](Index number) { return at(number).fold; });
    std::vector<MeasuredRows> measured(pairs.size());
    constexpr Index block = 256;
    parallel_for(how, (count + block - 1) / block, [&](Index task, int) {
        for (Index number = task * block; number < (std::min)(count, (task + 1) * block); ++number) {
            measured[static_cast<std::size_t>(number)] = look_at<M>(queries, gallery, at(number));
        }
    });
    VerificationResult result;
    result.report.anchors = count;
    std::vector<ListedPair> listed;
    listed.reserve(pairs.size());
    for (Index number = 0; number < count; ++number) {
        const MeasuredRows& rows = measured[static_cast<std::size_t>(number)];
        result.report.non_finite += !rows.finite;
        result.report.zero_rows += rows.zero;
        result.duplicates += rows.duplicate;
        if (rows.finite) {
            listed.push_back({rows.key, number, folds.of(number, at(number).fold), at(number).same});
        }
    }
    ListVerifier<M>(options, result).run(std::move(listed), queries.has_labels(), [&](Index number) {
        return queries.label(at(number).anchor);
    });
    return result;
}

template <class M>
VerificationResult verify_values(std::span<const VerificationValue> values, const VerificationOptions& options)
{
    const auto count = static_cast<Index>(values.size());
    const auto at = [&](Index number) -> const VerificationValue& { return values[static_cast<std::size_t>(number)]; };
    const Folds folds(options.folds, count, [&](Index number) { return at(number).fold; });
    VerificationResult result;
    result.report.anchors = count;
    std::vector<ListedPair> listed;
    listed.reserve(values.size());
    for (Index number = 0; number < count; ++number) {
        if (is_nan(at(number).value)) {
            ++result.report.non_finite;
        } else {
            listed.push_back(
                {closeness_key<M>(at(number).value), number, folds.of(number, at(number).fold), at(number).same});
        }
    }
    ListVerifier<M>(options, result).run(std::move(listed), false, [](Index) { return std::int64_t{0}; });
    return result;
}

}  // namespace mohs::inline MOHS_ABI::detail
