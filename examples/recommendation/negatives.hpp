#pragma once

#include "model.hpp"

#include <mohs/relation.hpp>

#include <optional>
#include <string>
#include <vector>

namespace recommendation {

/// Where the negatives of an epoch come from.
enum class Source {
    random,      ///< every item that the user has not met is as likely
    popularity,  ///< by popularity^0.75
    dynamic,     ///< those that the model scores highest now, among random ones (Zhang et al. 2013)
    mined        ///< by a search among all items, with the model as it is when the epoch begins
};

/// A way to come by negatives.
struct Method {
    std::string name;
    Source source = Source::random;
    bool corrected = false;  ///< logQ: the logarithm of how often each was to be expected is taken off its logit
    Index skipped = 0;       ///< of `mined`, the hardest items that are left out
    Index pool = 0;          ///< of `mined`, how many of the next it draws from; 0: it takes the hardest
    bool families = false;   ///< of `mined`, what is nearly identical to something that the user has met is left out
};

/// Those that are compared. Corrections are for the softmax, families for data that have some.
[[nodiscard]] std::vector<Method> methods(LossKind loss, bool has_families);

struct NegativeOptions {
    Index count = 8;          ///< of every positive
    Index dynamic_pool = 32;  ///< random items that the hardest are taken from
    std::uint64_t seed = 0;
};

/// Negatives for every positive of every user, list by list.
struct EpochNegatives {
    std::vector<Index> users, positives;
    std::vector<std::vector<Index>> negatives;
    std::vector<std::vector<double>> corrections;  ///< empty where there are none
};

/// What training takes negatives from: users, what they have met, and how popular items are.
class NegativeSource {
public:
    NegativeSource(const Ratings& ratings, const std::vector<Rating>& train, const NegativeOptions& options);

    /// For an epoch. Of `dynamic`, all of the random items: `hardest` takes from them.
    [[nodiscard]] EpochNegatives draw(const Method& method, const Model& model, std::uint64_t epoch) const;

    /// The `count` of these that the model scores highest for a user, the first of equal ones.
    [[nodiscard]] std::vector<Index> hardest(const Model& model, Index user, const std::vector<Index>& negatives) const;

private:
    [[nodiscard]] EpochNegatives draw_by_popularity(double alpha, Index count, bool corrected,
                                                    std::uint64_t epoch) const;
    [[nodiscard]] EpochNegatives mine(const Method& method, const Model& model, std::uint64_t epoch) const;

    NegativeOptions options_;
    mohs::Relation met_;
    std::vector<double> popularity_;
    std::vector<Index> families_;
    std::vector<std::vector<Index>> families_met_;  ///< of every user, ascending
};

}  // namespace recommendation
