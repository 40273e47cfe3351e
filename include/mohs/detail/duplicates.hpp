#pragma once

/// \file
/// Queries that are among their own relevant candidates: rows that equal one of theirs bit for bit.

#include <mohs/batch.hpp>
#include <mohs/detail/norm.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Whether two rows have the same elements, as they are computed with.
template <class A, class B>
bool equal_rows(const Batch<A>& a, Index row_a, const Batch<B>& b, Index row_b)
{
    using Word = typename FloatBits<typename Batch<A>::Compute>::Word;
    for (Index k = 0; k < a.dimension(); ++k) {
        if (std::bit_cast<Word>(a.at(row_a, k)) != std::bit_cast<Word>(b.at(row_b, k))) {
            return false;
        }
    }
    return true;
}

/// Counts the queries with a relevant candidate whose row is the same bit for bit: O((N + M) (D + log M)) with labels,
/// with a relation O((N + M) D) and a comparison of two numbers for each listed positive.
template <class A, class B>
class Duplicates {
public:
    Duplicates(const Batch<A>& queries, const Batch<B>& gallery, bool self)
        : queries_(queries), gallery_(gallery), self_(self), row_(static_cast<std::size_t>(queries.dimension()))
    {
    }

    [[nodiscard]] Index count() { return queries_.relation() != nullptr ? count_related() : count_labelled(); }

private:
    using T = typename Batch<A>::Compute;
    using Digest = std::optional<std::uint64_t>;

    struct Known {
        std::uint64_t digest;
        std::int64_t id;
        Index row;
        friend auto operator<=>(const Known&, const Known&) = default;
    };

    /// A number that equal rows share and others do not, as a rule; none for rows that take no part. Four sums, so that
    /// one multiplication need not wait for the other.
    template <class Scalar>
    Digest digest(const Batch<Scalar>& batch, Index row, Role role)
    {
        if (!has_role(batch.role(row), role) || batch.is_unknown(row)) {
            return std::nullopt;
        }
        const T* const x = fetch_row(batch, row, row_.data());
        constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
        std::uint64_t sums[4] = {1, 2, 3, 4};
        bool finite = true;
        const Index size = batch.dimension();
        const auto add = [&](Index k) {
            finite &= is_finite(x[k]);
            std::uint64_t& sum = sums[k % 4];
            sum = (sum ^ std::bit_cast<typename FloatBits<T>::Word>(x[k])) * odd;
        };
        Index k = 0;
        for (; k + 4 <= size; k += 4) {
            add(k), add(k + 1), add(k + 2), add(k + 3);
        }
        for (; k < size; ++k) {
            add(k);
        }
        std::uint64_t result = queries_.relation() == nullptr ? static_cast<std::uint64_t>(batch.label(row)) : 0;
        for (const std::uint64_t sum : sums) {
            result = std::rotl((result ^ sum) * odd, 32);
        }
        return finite ? Digest(result) : std::nullopt;
    }

    /// Without ids no row of the gallery is a query's own, but in a self-scan.
    [[nodiscard]] bool has_own() const { return self_ || queries_.has_ids(); }

    Index count_labelled()
    {
        std::vector<Known> known;
        known.reserve(static_cast<std::size_t>(gallery_.rows()));
        for (Index row = 0; row < gallery_.rows(); ++row) {
            if (const Digest found = digest(gallery_, row, Role::positive)) {
                known.push_back({*found, gallery_.id(row), row});
            }
        }
        std::sort(known.begin(), known.end());
        Index result = 0;
        for (Index row = 0; row < queries_.rows(); ++row) {
            if (const Digest sought = digest(queries_, row, Role::anchor)) {
                result += has_equal(known, *sought, row) ? 1 : 0;
            }
        }
        return result;
    }

    [[nodiscard]] bool has_equal(const std::vector<Known>& known, std::uint64_t digest, Index query) const
    {
        const std::int64_t id = queries_.id(query);
        auto at = std::lower_bound(known.begin(), known.end(), digest,
                                   [](const Known& each, std::uint64_t value) { return each.digest < value; });
        while (at != known.end() && at->digest == digest) {
            if (has_own() && at->id == id) {
                // All of its sample at once: there may be many.
                at = std::upper_bound(at, known.end(), Known{digest, id, gallery_.rows()});
            } else if (queries_.label(query) == gallery_.label(at->row) &&
                       equal_rows(queries_, query, gallery_, at->row)) {
                return true;
            } else {
                ++at;
            }
        }
        return false;
    }

    Index count_related()
    {
        std::vector<Digest> of_gallery;
        of_gallery.reserve(static_cast<std::size_t>(gallery_.rows()));
        for (Index row = 0; row < gallery_.rows(); ++row) {
            of_gallery.push_back(digest(gallery_, row, Role::positive));
        }
        const Relation& relation = *queries_.relation();
        Index result = 0;
        for (Index row = 0; row < queries_.rows(); ++row) {
            const Digest sought = digest(queries_, row, Role::anchor);
            const auto equals = [&](Index candidate) {
                const bool own = self_ ? candidate == row : false;
                const bool same_sample =
                    queries_.has_ids() && !relation.paired_rows() && queries_.id(row) == gallery_.id(candidate);
                return !own && !same_sample && of_gallery[static_cast<std::size_t>(candidate)] == sought &&
                       equal_rows(queries_, row, gallery_, candidate);
            };
            const std::span<const Index> positives = relation.positives(row);
            result += sought && std::any_of(positives.begin(), positives.end(), equals) ? 1 : 0;
        }
        return result;
    }

    const Batch<A>& queries_;
    const Batch<B>& gallery_;
    bool self_;
    std::vector<T> row_;
};

}  // namespace mohs::inline MOHS_ABI::detail
