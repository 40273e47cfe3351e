#pragma once

/// \file
/// What drivers may know of a selector beyond the concept `Selector`: its optional members, each with a default.

#include <mohs/visitor.hpp>

#include <span>

namespace mohs::inline MOHS_ABI::detail {

template <class S>
concept TakesTogether = requires(S& selector, Anchor anchor, std::span<const typename S::Entry> entries) {
    selector.accept(anchor, entries, entries[0].score());
    selector.keeps();
};

/// The table of all optional members. Drivers read nothing of a selector that is not here or in the concept. The first two
/// are for users, the others for the selectors of `detail/`, whose layers are their slots.
///
///     member                           default            says
///     window<T>(Anchor)                all scores         the scores that an anchor is offered, asked before the scan
///     admits(Anchor, Candidate, T)     admits all         a predicate, asked before `accept`
///     keeps_one                        false              takes anything that it admits and keeps the best: of the
///                                                         survivors of a tile only the best has to be offered
///     keeps(), Entry,                  takes one by one   admits anything, keeps the best `keeps()`, and takes all
///     accept(Anchor, span<Entry>, T)                      survivors that an anchor has in a tile at once
///     layers(), windowed               one layer          choices of an anchor, each with a threshold of its own, and
///                                                         a window if `windowed`; `window`, `admits` and `accept` are
///                                                         told the layer, as their last argument
///     counts_close, close_limits(),    false              with layers: counts what is too close for filters without
///     most_close_limits, count_close()                    being offered it (`close_tally.hpp`)
///     keeps_best_key, random_keys()    false              with layers: keeps the candidate with the highest random key
///                                                         and asks nothing of the others (`pair_keys.hpp`)
///     screens_layers                   false              with layers, and without windows: what falls short of the
///                                                         thresholds of all layers is nothing to it, so that tiles may
///                                                         be screened (`select_driver.hpp`); it takes scores with any
///                                                         rounding, because it measures what it keeps
template <class S>
struct SelectorTraits {
    static constexpr bool layered = requires(const S& selector) { selector.layers(); };

    template <class T>
    static constexpr bool windowed = [] {
        if constexpr (layered) {
            return S::windowed;
        } else {
            return requires(S& selector, Anchor anchor) { selector.template window<T>(anchor); };
        }
    }();

    template <class T>
    static constexpr bool has_admits = [] {
        if constexpr (layered) {
            return requires(S& selector, Anchor anchor, Candidate candidate, T score) {
                selector.admits(anchor, candidate, score, 0);
            };
        } else {
            return requires(S& selector, Anchor anchor, Candidate candidate, T score) {
                selector.admits(anchor, candidate, score);
            };
        }
    }();

    static constexpr bool keeps_one = [] {
        if constexpr (requires { S::keeps_one; }) {
            return S::keeps_one;
        } else {
            return false;
        }
    }();

    static constexpr bool takes_together = TakesTogether<S>;

    static constexpr bool counts_close = [] {
        if constexpr (requires { S::counts_close; }) {
            return S::counts_close;
        } else {
            return false;
        }
    }();

    static constexpr bool keeps_best_key = [] {
        if constexpr (requires { S::keeps_best_key; }) {
            return S::keeps_best_key;
        } else {
            return false;
        }
    }();

    static constexpr bool screens_layers = [] {
        if constexpr (requires { S::screens_layers; }) {
            return S::screens_layers;
        } else {
            return false;
        }
    }();
};

}  // namespace mohs::inline MOHS_ABI::detail
