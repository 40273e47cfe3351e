#pragma once

/// \file
/// What keeps candidates away from a list: rules of the options, and filters.

#include <mohs/detail/corpus/corpus_query.hpp>
#include <mohs/detail/filter/first_rejection.hpp>

#include <array>
#include <string>
#include <tuple>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

enum class CorpusRuleKind { absolute_margin, relative_margin, close_end };

/// A rule of the options that rejects what is too close. What is too far, by `min_score` of similarities and
/// `max_score` of distances, ends the search instead (`far_end`).
template <class M, CorpusRuleKind kind>
struct CorpusRule {
    const CorpusOptions& options;

    [[nodiscard]] const char* name() const
    {
        return kind == CorpusRuleKind::absolute_margin   ? "rejected_absolute_margin"
               : kind == CorpusRuleKind::relative_margin ? "rejected_relative_margin"
               : Finish<M>::larger_is_closer             ? "rejected_max_score"
                                                         : "rejected_min_score";
    }
    /// What is strictly closer is rejected.
    [[nodiscard]] std::optional<double> closest(const CorpusList& list) const
    {
        if (kind == CorpusRuleKind::close_end) {
            return Finish<M>::close_end(options.min_score, options.max_score);
        }
        const std::optional<double>& margin =
            kind == CorpusRuleKind::absolute_margin ? options.absolute_margin : options.relative_margin;
        if (!margin) {
            return std::nullopt;
        }
        const double share = kind == CorpusRuleKind::absolute_margin ? 1 : std::abs(list.reference);
        return Finish<M>::farther_by(list.reference, *margin * share);
    }
    [[nodiscard]] bool present() const
    {
        return kind == CorpusRuleKind::close_end
                   ? Finish<M>::close_end(options.min_score, options.max_score).has_value()
               : kind == CorpusRuleKind::absolute_margin ? options.absolute_margin.has_value()
                                                         : options.relative_margin.has_value();
    }

    [[nodiscard]] ValueLimits limits_of(const CorpusLists&, const CorpusList& list) const
    {
        return {closest(list), std::nullopt, true, 0};
    }
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const std::optional<double> bound = closest(query.list());
        return bound && Finish<M>::closer(query.value(), *bound);
    }
};

/// A filter, asked for every positive of a list: what it rejects with one of them is rejected.
template <class M, class F>
struct CorpusFilter {
    const F& filter;

    [[nodiscard]] const char* name() const { return F::name; }
    [[nodiscard]] bool present() const { return true; }

    [[nodiscard]] ValueLimits limits_of(const CorpusLists& lists, const CorpusList& list) const
    {
        if constexpr (!has_limits<M, F>) {
            return {};
        } else if constexpr (!F::needs_positive) {
            return filter.template limits<M>(KnownPositive{0, 0, &list.values});
        } else {
            ValueLimits result{std::nullopt, std::nullopt, true, 0};
            for (const CorpusPositive& positive : lists.positives_in(list)) {
                if (!positive.usable) {
                    continue;
                }
                const ValueLimits one = filter.template limits<M>(KnownPositive{positive.value, 0, &list.values});
                if (one.closest && (!result.closest || Finish<M>::closer(*result.closest, *one.closest))) {
                    result.closest = one.closest;
                }
                if (one.farthest && (!result.farthest || Finish<M>::closer(*one.farthest, *result.farthest))) {
                    result.farthest = one.farthest;
                }
                result.nothing_else = result.nothing_else && one.nothing_else;
                result.error = (std::max)(result.error, one.error);
            }
            return result;
        }
    }
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        if constexpr (!F::needs_positive) {
            return filter.rejects(query);
        } else {
            const CorpusList& list = query.list();
            for (std::size_t at = list.begin; at < list.end; ++at) {
                if (query.lists().positives[at].usable && filter.rejects(query.with_positive(at))) {
                    return true;
                }
            }
            return false;
        }
    }
};

/// Limits as a filter, for `bounds_of_filter`.
struct KnownLimits {
    ValueLimits known;
    template <class M>
    [[nodiscard]] ValueLimits limits(const KnownPositive&) const
    {
        return known;
    }
};

/// All rules, in the order in which they are asked.
template <class M, class... Filters>
class CorpusRules {
public:
    static constexpr std::size_t count = 3 + sizeof...(Filters);
    static constexpr bool needs_positive = (Filters::needs_positive || ... || false);

    CorpusRules(const CorpusOptions& options, const std::tuple<Filters...>& filters)
        : options_(options),
          rules_(std::apply(
              [&](const Filters&... filter) {
                  return Rules{{options}, {options}, {options}, CorpusFilter<M, Filters>{filter}...};
              },
              filters))
    {
    }

    [[nodiscard]] const auto& all() const { return rules_; }
    [[nodiscard]] bool needs_reference() const
    {
        return needs_positive || options_.absolute_margin || options_.relative_margin;
    }
    /// What is strictly farther ends the search.
    [[nodiscard]] std::optional<double> far_end() const
    {
        return Finish<M>::far_end(options_.min_score, options_.max_score);
    }
    /// The first rule that rejects, or -1, by exact values.
    template <class Query>
    [[nodiscard]] int rejection(const Query& query) const
    {
        return first_rejection(rules_, query);
    }
    /// The bounds of all rules as scores, for the query at `position` of a scene.
    template <class T>
    void find_bounds(const Scene<T>& scene, Index position, const CorpusLists& lists, const CorpusList& list,
                     std::span<FilterBounds<T>> bounds) const
    {
        std::size_t at = 0;
        std::apply(
            [&](const auto&... rule) {
                ((bounds[at++] = bounds_of_filter<M>(KnownLimits{rule.limits_of(lists, list)}, scene, position, {})),
                 ...);
            },
            rules_);
    }
    /// The names of those that are there, and their numbers.
    [[nodiscard]] std::vector<std::pair<std::size_t, const char*>> names() const
    {
        std::vector<std::pair<std::size_t, const char*>> result;
        std::size_t at = 0;
        const auto add = [&](const auto& rule) {
            if (rule.present()) {
                result.emplace_back(at, rule.name());
            }
            ++at;
        };
        std::apply([&](const auto&... rule) { (add(rule), ...); }, rules_);
        return result;
    }

private:
    using Rules =
        std::tuple<CorpusRule<M, CorpusRuleKind::absolute_margin>, CorpusRule<M, CorpusRuleKind::relative_margin>,
                   CorpusRule<M, CorpusRuleKind::close_end>, CorpusFilter<M, Filters>...>;

    const CorpusOptions& options_;
    Rules rules_;
};

}  // namespace mohs::inline MOHS_ABI::detail
