#pragma once

/// \file
/// Queries that are among their own relevant candidates: rows that equal one of theirs bit for bit.

#include <mohs/batch.hpp>
#include <mohs/detail/scene/row_norm.hpp>

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
        : queries_(queries), gallery_(gallery), self_(self), gallery_digests_(digests_of(gallery))
    {
        if (!self) {
            query_digests_ = digests_of(queries);
        }
    }

    [[nodiscard]] Index count() const
    {
        const std::vector<Known> known = queries_.relation() == nullptr ? sorted_gallery() : std::vector<Known>();
        const std::vector<Digest>& digests = self_ ? gallery_digests_ : query_digests_;
        Index result = 0;
        for (Index row = 0; row < queries_.rows(); ++row) {
            const Digest& sought = digests[static_cast<std::size_t>(row)];
            if (sought && has_role(queries_.role(row), Role::anchor)) {
                result += (queries_.relation() == nullptr ? has_equal(known, *sought, row) : has_related(*sought, row))
                              ? 1
                              : 0;
            }
        }
        return result;
    }

private:
    using T = typename Batch<A>::Compute;
    using Digest = std::optional<std::uint64_t>;

    struct Known {
        std::uint64_t digest;
        std::int64_t id;
        Index row;
        friend auto operator<=>(const Known&, const Known&) = default;
    };

    /// A number for every row that equal rows share and others do not, as a rule; none for rows that take no part.
    template <class Scalar>
    std::vector<Digest> digests_of(const Batch<Scalar>& batch) const
    {
        std::vector<T> buffer(static_cast<std::size_t>(batch.dimension()));
        std::vector<Digest> result(static_cast<std::size_t>(batch.rows()));
        for (Index row = 0; row < batch.rows(); ++row) {
            if (!batch.is_unknown(row)) {
                const std::int64_t label = queries_.relation() == nullptr ? batch.label(row) : 0;
                result[static_cast<std::size_t>(row)] =
                    digest(fetch_row(batch, row, buffer.data()), batch.dimension(), label);
            }
        }
        return result;
    }

    /// Four sums, so that one multiplication need not wait for the other.
    static Digest digest(const T* x, Index size, std::int64_t label)
    {
        constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
        std::uint64_t sums[4] = {1, 2, 3, 4};
        bool finite = true;
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
        auto result = static_cast<std::uint64_t>(label);
        for (const std::uint64_t sum : sums) {
            result = std::rotl((result ^ sum) * odd, 32);
        }
        return finite ? Digest(result) : std::nullopt;
    }

    /// Without ids no row of the gallery is a query's own, but in a self-scan.
    [[nodiscard]] bool has_own() const { return self_ || queries_.has_ids(); }

    [[nodiscard]] std::vector<Known> sorted_gallery() const
    {
        std::vector<Known> known;
        known.reserve(gallery_digests_.size());
        for (Index row = 0; row < gallery_.rows(); ++row) {
            const Digest& digest = gallery_digests_[static_cast<std::size_t>(row)];
            if (digest && has_role(gallery_.role(row), Role::positive)) {
                known.push_back({*digest, gallery_.id(row), row});
            }
        }
        std::sort(known.begin(), known.end());
        return known;
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

    [[nodiscard]] bool has_related(std::uint64_t digest, Index query) const
    {
        const Relation& relation = *queries_.relation();
        const std::span<const Index> positives = relation.positives(query);
        return std::any_of(positives.begin(), positives.end(), [&](Index row) {
            const bool own = (self_ && row == query) ||
                             (queries_.has_ids() && !relation.paired_rows() && queries_.id(query) == gallery_.id(row));
            return !own && gallery_digests_[static_cast<std::size_t>(row)] == digest &&
                   has_role(gallery_.role(row), Role::positive) && equal_rows(queries_, query, gallery_, row);
        });
    }

    const Batch<A>& queries_;
    const Batch<B>& gallery_;
    bool self_;
    std::vector<Digest> gallery_digests_, query_digests_;
};

}  // namespace mohs::inline MOHS_ABI::detail
