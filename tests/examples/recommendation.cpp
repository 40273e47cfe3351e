// The program of examples/recommendation: its generator, its splits, its negatives and its model.

#include "../../examples/recommendation/generator.hpp"
#include "../../examples/recommendation/study.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "../../examples/recommendation/generator.cpp"
#include "../../examples/recommendation/model.cpp"
#include "../../examples/recommendation/negatives.cpp"
#include "../../examples/recommendation/ratings.cpp"
#include "../../examples/recommendation/study.cpp"

namespace {

using namespace recommendation;

const GeneratorOptions small{.users = 40, .items = 200, .history = 30};

std::set<std::pair<Index, Index>> pairs_of(const std::vector<Rating>& ratings)
{
    std::set<std::pair<Index, Index>> pairs;
    for (const Rating& each : ratings) {
        pairs.emplace(each.user, each.item);
    }
    return pairs;
}

/// Mean loss of examples, by the definition, in double.
double loss_of(const Model& model, const std::vector<Example>& examples, LossKind kind)
{
    double sum = 0;
    for (const Example& each : examples) {
        const auto score = [&](Index item) {
            return model.users().row(each.user).cast<double>().dot(model.items().row(item).cast<double>());
        };
        double total = 1;
        for (std::size_t i = 0; i < each.negatives.size(); ++i) {
            const double taken = each.corrections.empty() ? 0 : each.corrections[i];
            const double gap = score(each.negatives[i]) - taken - score(each.positive);
            total += std::exp(gap);
            sum += kind == LossKind::bpr ? std::log1p(std::exp(gap)) : 0;
        }
        sum += kind == LossKind::softmax ? std::log(total) : 0;
    }
    return sum / static_cast<double>(examples.size());
}

}  // namespace

TEST_CASE("recommendation: the generator makes what it says", "[recommendation]")
{
    const Ratings ratings = generate(small);
    CHECK(ratings.users == 40);
    CHECK(ratings.items == 200);
    REQUIRE(ratings.families.size() == 200);
    // A hundred items alone, and 25 families of four.
    CHECK(std::set<Index>(ratings.families.begin(), ratings.families.end()).size() == 125);
    CHECK(pairs_of(ratings.list).size() == ratings.list.size());
    for (Index user = 0; user < 40; ++user) {
        std::vector<Rating> own;
        std::copy_if(ratings.list.begin(), ratings.list.end(), std::back_inserter(own),
                     [user](const Rating& each) { return each.user == user; });
        CHECK(own.size() >= 10);
        CHECK(own.size() <= 40);
        Index best = 0;
        for (std::size_t i = 0; i < own.size(); ++i) {
            CHECK(own[i].time == static_cast<std::int64_t>(i));
            CHECK((own[i].grade >= 1 && own[i].grade <= 3));
            best += own[i].grade == 3 ? 1 : 0;
        }
        CHECK(best == static_cast<Index>((own.size() + 2) / 3));
    }
    CHECK(generate(small).list == ratings.list);
    GeneratorOptions other = small;
    other.seed = 2;
    CHECK(generate(other).list != ratings.list);
    // Whoever has met an item has met its twins more often than other items.
    const std::set<std::pair<Index, Index>> met = pairs_of(ratings.list);
    double twins = 0, twins_met = 0;
    for (const Rating& each : ratings.list) {
        for (Index item = 100; item < 200; ++item) {
            if (item != each.item && ratings.families[static_cast<std::size_t>(item)] ==
                                         ratings.families[static_cast<std::size_t>(each.item)]) {
                twins += 1;
                twins_met += met.contains({each.user, item}) ? 1 : 0;
            }
        }
    }
    CHECK(twins_met / twins > 1.2 * static_cast<double>(met.size()) / (40 * 200));
}

TEST_CASE("recommendation: a split parts the ratings of every user", "[recommendation]")
{
    Ratings ratings = generate(small);
    // A user who has next to nothing is learnt from alone.
    ratings.users = 41;
    ratings.list.push_back({40, 7, 2, 0});
    for (const HeldOut held_out : {HeldOut::random, HeldOut::last}) {
        const Split one = split(ratings, held_out, 0.2, 5);
        std::vector<Rating> all = one.train;
        all.insert(all.end(), one.validation.begin(), one.validation.end());
        all.insert(all.end(), one.test.begin(), one.test.end());
        CHECK(all.size() == ratings.list.size());
        CHECK(pairs_of(all) == pairs_of(ratings.list));
        for (Index user = 0; user < 41; ++user) {
            const auto of = [user](const Rating& each) { return each.user == user; };
            const auto count = [&](const std::vector<Rating>& list) {
                return std::count_if(list.begin(), list.end(), of);
            };
            const auto n = static_cast<double>(count(ratings.list));
            CHECK(count(one.test) == (n < 4 ? 0 : std::lround(0.2 * n)));
            CHECK(count(one.validation) == (n < 4 ? 0 : std::max(1L, std::lround(0.1 * n))));
            if (held_out == HeldOut::last && n >= 4) {
                const auto earlier = [](const Rating& a, const Rating& b) { return a.time < b.time; };
                std::vector<Rating> train, test;
                std::copy_if(one.train.begin(), one.train.end(), std::back_inserter(train), of);
                std::copy_if(one.test.begin(), one.test.end(), std::back_inserter(test), of);
                CHECK(std::max_element(train.begin(), train.end(), earlier)->time <
                      std::min_element(test.begin(), test.end(), earlier)->time);
            }
        }
        CHECK(split(ratings, held_out, 0.2, 5).test == one.test);
        CHECK((split(ratings, held_out, 0.2, 6).test == one.test) == (held_out == HeldOut::last));
    }
}

TEST_CASE("recommendation: rare items are left out and the others numbered anew", "[recommendation]")
{
    const Ratings ratings{"by hand", 3, 3, {{0, 0, 1, 0}, {0, 2, 1, 1}, {1, 2, 2, 0}, {2, 1, 3, 0}}, {"a", "b", "c"}};
    const Ratings left = without_rare_items(ratings, 2);
    CHECK(left.items == 1);
    CHECK(left.titles == std::vector<std::string>{"c"});
    CHECK(left.list == std::vector<Rating>{{0, 0, 1, 1}, {1, 0, 2, 0}});
    CHECK(without_rare_items(ratings, 1).list == ratings.list);
    CHECK(without_rare_items(ratings, 3).list.empty());
}

TEST_CASE("recommendation: what is liked is positive, and what was only met is neither", "[recommendation]")
{
    const std::vector<Rating> train{{0, 4, 2, 0}, {0, 1, 0, 1}, {2, 3, 1, 0}};
    const mohs::Relation relation = relation_of(train, disliked(train), 3, 5);
    CHECK(relation.anchors() == 3);
    CHECK(relation.candidates() == 5);
    REQUIRE(relation.positives(0).size() == 1);
    CHECK(relation.positives(0)[0] == 4);
    REQUIRE(relation.neither(0).size() == 1);
    CHECK(relation.neither(0)[0] == 1);
    CHECK(relation.positives(1).empty());
    CHECK(relation.positives(2)[0] == 3);
}

TEST_CASE("recommendation: no method draws what the user has met, and each draws for every liked item",
          "[recommendation]")
{
    const Ratings ratings = generate(small);
    std::vector<Rating> train = ratings.list;
    for (std::size_t i = 0; i < train.size(); i += 5) {
        train[i].grade = 0;
    }
    const auto liked = static_cast<std::size_t>(
        std::count_if(train.begin(), train.end(), [](const Rating& each) { return each.grade > 0; }));
    const std::set<std::pair<Index, Index>> met = pairs_of(train);
    const NegativeSource source(ratings, train, {.count = 5, .dynamic_pool = 20, .seed = 3});
    const Model model(ratings.users, ratings.items, {.dimension = 8}, 4);
    for (const Method& method : methods(LossKind::softmax, true)) {
        CAPTURE(method.name);
        const EpochNegatives drawn = source.draw(method, model, 2);
        CHECK(drawn.users.size() == liked);
        CHECK(drawn.corrections.empty() != method.corrected);
        for (std::size_t list = 0; list < drawn.users.size(); ++list) {
            const Index user = drawn.users[list];
            REQUIRE(met.contains({user, drawn.positives[list]}));
            REQUIRE(drawn.negatives[list].size() == (method.source == Source::dynamic ? 20U : 5U));
            for (const Index item : drawn.negatives[list]) {
                REQUIRE_FALSE(met.contains({user, item}));
                for (Index other = 0; method.families && other < ratings.items; ++other) {
                    REQUIRE_FALSE(
                        (met.contains({user, other}) && ratings.families[static_cast<std::size_t>(other)] ==
                                                            ratings.families[static_cast<std::size_t>(item)]));
                }
            }
        }
        // Another epoch draws others, but for those that are the hardest.
        const bool same = source.draw(method, model, 3).negatives == drawn.negatives;
        CHECK(same == (method.source == Source::mined && method.pool == 0));
    }
    const std::vector<Index> hardest = source.hardest(model, 0, {3, 1, 4, 15, 9, 2, 6});
    REQUIRE(hardest.size() == 5);
    for (std::size_t i = 1; i < 5; ++i) {
        CHECK(model.score(0, hardest[i - 1]) >= model.score(0, hardest[i]));
    }
}

TEST_CASE("recommendation: a step returns the loss of the definition and makes it less", "[recommendation][raises]")
{
    const std::vector<std::vector<Index>> negatives{{1, 2, 3}, {0, 0, 4}};
    const std::vector<std::vector<double>> corrections{{-1, 0.5, -2}, {0.25, 0.25, 1}};
    for (const LossKind kind : {LossKind::softmax, LossKind::bpr}) {
        for (const bool corrected : {false, true}) {
            Model model(3, 5, {.dimension = 4, .learning_rate = 0.05, .l2 = 0, .deviation = 0.5, .loss = kind}, 9);
            std::vector<Example> examples{{2, 0, negatives[0], {}}, {0, 3, negatives[1], {}}};
            if (corrected) {
                examples[0].corrections = corrections[0];
                examples[1].corrections = corrections[1];
            }
            const mohs::Matrix untouched = model.users().row(1);
            const double before = loss_of(model, examples, kind);
            CHECK(model.train(examples) == Approx(before).epsilon(1e-5));
            CHECK(loss_of(model, examples, kind) < before);
            CHECK(model.users().row(1) == untouched.row(0));
            CHECK(model.users().col(4).minCoeff() == 1);
            CHECK(model.users().col(4).maxCoeff() == 1);
        }
    }
}

TEST_CASE("recommendation: quality is that of the lists of all users", "[recommendation]")
{
    const Model model(4, 12, {.dimension = 3, .deviation = 1}, 2);
    // User 3 has nothing to find. User 0 liked one of two.
    const std::vector<Rating> wanted{{0, 5, 3, 0}, {0, 6, 0, 0}, {1, 2, 1, 0}, {1, 7, 3, 0}, {2, 11, 2, 0}};
    const std::vector<Rating> history{{0, 1, 3, 0}, {1, 0, 1, 0}, {1, 9, 0, 0}};
    double recall = 0, ndcg = 0;
    for (Index user = 0; user < 3; ++user) {
        std::vector<Index> items;
        for (Index item = 0; item < 12; ++item) {
            if (!pairs_of(history).contains({user, item})) {
                items.push_back(item);
            }
        }
        std::stable_sort(items.begin(), items.end(),
                         [&](Index a, Index b) { return model.score(user, a) > model.score(user, b); });
        const auto grade = [&](Index item) {
            for (const Rating& each : wanted) {
                if (each.user == user && each.item == item) {
                    return each.grade;
                }
            }
            return 0;
        };
        double found = 0, all = 0, gained = 0, ideal = 0;
        std::vector<int> grades;
        for (std::size_t rank = 0; rank < items.size(); ++rank) {
            const int of = grade(items[rank]);
            all += of > 0 ? 1 : 0;
            found += of > 0 && rank < 4 ? 1 : 0;
            gained += rank < 4 ? (std::exp2(of) - 1) / std::log2(static_cast<double>(rank) + 2) : 0;
            grades.push_back(of);
        }
        std::sort(grades.begin(), grades.end(), std::greater<>());
        for (std::size_t rank = 0; rank < 4; ++rank) {
            ideal += (std::exp2(grades[rank]) - 1) / std::log2(static_cast<double>(rank) + 2);
        }
        recall += found / all / 3;
        ndcg += gained / ideal / 3;
    }
    const Quality quality = evaluate(model, wanted, history, 4);
    CHECK(quality.recall == Approx(recall).epsilon(1e-12));
    CHECK(quality.ndcg == Approx(ndcg).epsilon(1e-12));
}

TEST_CASE("recommendation: a study has a run for every method and seed, whatever the threads",
          "[recommendation][raises]")
{
    const Ratings ratings = generate(small);
    StudyOptions options;
    options.model.dimension = 8;
    options.epochs = 4;
    options.warm_up = 1;
    options.seeds = 2;
    const Study one = run_study(ratings, options);
    options.threads = 2;
    const Study two = run_study(ratings, options);
    REQUIRE(one.runs.size() == one.methods.size());
    for (std::size_t method = 0; method < one.runs.size(); ++method) {
        CAPTURE(one.methods[method].name);
        REQUIRE(one.runs[method].size() == 2);
        for (std::size_t seed = 0; seed < 2; ++seed) {
            const Run& run = one.runs[method][seed];
            CHECK(run.curve.size() == 4);
            CHECK(run.curve == two.runs[method][seed].curve);
            CHECK(run.test.ndcg == two.runs[method][seed].test.ndcg);
            const auto best = std::max_element(run.curve.begin(), run.curve.end());
            CHECK(run.best_epoch == best - run.curve.begin() + 1);
            CHECK((one.methods[method].families ? run.twins == 0 : run.twins > 0));
        }
    }
}
