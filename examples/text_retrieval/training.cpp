#include "training.hpp"

#include "../common/network.hpp"
#include "mining.hpp"

#include <mohs/evaluation/retrieval.hpp>
#include <mohs/loss/info_nce.hpp>

namespace text_retrieval {

namespace {

using examples::Purpose, examples::Random;

std::vector<int> senses_of(const Texts& texts, const std::vector<Index>& rows)
{
    std::vector<int> result;
    for (const Index row : rows) {
        result.push_back(texts.senses[static_cast<std::size_t>(row)]);
    }
    return result;
}

/// Queries of one epoch after another, each in an order of its own.
class Order {
public:
    Order(std::size_t count, Random random) : random_(std::move(random))
    {
        for (std::size_t i = 0; i < count; ++i) {
            order_.push_back(i);
        }
        next_ = count;
    }

    std::size_t next()
    {
        if (next_ == order_.size()) {
            random_.draw(order_, order_.size());
            next_ = 0;
        }
        return order_[next_++];
    }

private:
    Random random_;
    std::vector<std::size_t> order_;
    std::size_t next_;
};

}  // namespace

mohs::CorpusNegatives<mohs::Cosine> mine(const Texts& texts, const mohs::Matrix& embeddings,
                                         const std::vector<Index>& queries, Index count)
{
    const mohs::Matrix query_rows = embeddings(queries, Eigen::indexing::all),
                       passage_rows = embeddings(texts.passages, Eigen::indexing::all);
    const std::vector<int> query_senses = senses_of(texts, queries), passage_senses = senses_of(texts, texts.passages);
    std::vector<Index> offsets{0}, positives;
    for (const int sense : query_senses) {
        for (std::size_t passage = 0; passage < passage_senses.size(); ++passage) {
            if (passage_senses[passage] == sense) {
                positives.push_back(static_cast<Index>(passage));
            }
        }
        offsets.push_back(static_cast<Index>(positives.size()));
    }
    const auto relation = mohs::Relation::positive_lists(offsets, positives, passage_rows.rows());
    return closest_negatives(mohs::Batch{query_rows}, mohs::Batch{passage_rows}, relation,
                             {.num_negatives = count, .hash_rows = false});
}

mohs::Matrix train(const Texts& texts, const mohs::Matrix& features, const Split& split, Negatives from,
                   const TrainingOptions& options, const std::function<void()>& step)
{
    Random weights(options.seed, Purpose::weights), partners(options.seed, Purpose::partners),
        draws(options.seed, Purpose::negatives);
    LinearMap map(features.cols(), options.rank, weights);
    examples::Adam<LinearMap::Vector> adam(map.parameters().size(), {.rate = options.rate});
    Order order(split.training.size(), Random(options.seed, Purpose::batches));
    std::vector<std::vector<Index>> passages_of(texts.names.size());
    for (const Index passage : texts.passages) {
        passages_of[static_cast<std::size_t>(texts.senses[static_cast<std::size_t>(passage)])].push_back(passage);
    }
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = options.temperature}};
    mohs::CorpusNegatives<mohs::Cosine> mined;
    mohs::Triplets<mohs::Cosine> triplets;
    std::vector<Index> queries, candidates;  // rows of texts
    LinearMap::Vector gradient;
    for (Index number = 0; number < options.steps; ++number) {
        if (from == Negatives::mined && number % options.mine_every == 0) {
            mined = mine(texts, map.forward(features), split.training, options.negatives);
        }
        queries.clear();
        candidates.clear();
        triplets.clear();
        for (Index i = 0; i < options.batch; ++i) {
            const std::size_t query = order.next();
            const Index row = split.training[query];
            const int sense = texts.senses[static_cast<std::size_t>(row)];
            const auto& own = passages_of[static_cast<std::size_t>(sense)];
            const auto positive = static_cast<Index>(candidates.size());
            const auto add_negative = [&](Index passage) {
                // Values are those of the rows as they will be.
                triplets.add({i, positive, static_cast<Index>(candidates.size())}, 0, 0);
                candidates.push_back(passage);
            };
            queries.push_back(row);
            candidates.push_back(own[partners.below(own.size())]);
            if (from == Negatives::mined) {
                for (const Index negative : mined.negatives(static_cast<Index>(query))) {
                    add_negative(texts.passages[static_cast<std::size_t>(negative)]);
                }
            } else {
                for (Index drawn = 0; drawn < options.negatives;) {
                    const Index passage = texts.passages[draws.below(texts.passages.size())];
                    if (texts.senses[static_cast<std::size_t>(passage)] != sense) {
                        add_negative(passage);
                        ++drawn;
                    }
                }
            }
        }
        const mohs::Matrix query_features = features(queries, Eigen::indexing::all),
                           candidate_features = features(candidates, Eigen::indexing::all);
        const mohs::Matrix query_rows = map.forward(query_features), candidate_rows = map.forward(candidate_features);
        const mohs::LossResult result = loss(mohs::Batch{query_rows}, mohs::Batch{candidate_rows}, triplets);
        LinearMap::Vector by_candidates;
        map.backward(query_features, result.gradient, gradient);
        map.backward(candidate_features, result.candidate_gradient, by_candidates);
        gradient += by_candidates;
        adam.step(map.parameters(), gradient);
        step();
    }
    return map.forward(features);
}

Scores evaluate(const Texts& texts, const mohs::Matrix& embeddings, const std::vector<Index>& queries)
{
    const mohs::Matrix query_rows = embeddings(queries, Eigen::indexing::all),
                       passage_rows = embeddings(texts.passages, Eigen::indexing::all);
    const std::vector<int> query_senses = senses_of(texts, queries), passage_senses = senses_of(texts, texts.passages);
    const mohs::RetrievalMetrics metrics{mohs::Cosine{}, {.k = {1, 2, 5}}};
    const mohs::RetrievalMeans means =
        metrics(mohs::Batch{query_rows, query_senses}, mohs::Batch{passage_rows, passage_senses}).overall;
    Scores scores{means.at_k[0].hit_rate, means.at_k[1].recall, means.at_k[2].recall, means.mrr, 0};
    const auto closest = mine(texts, embeddings, queries, 1);
    for (Index list = 0; list < closest.size(); ++list) {
        const auto query = static_cast<std::size_t>(queries[static_cast<std::size_t>(list)]);
        for (const Index passage : closest.negatives(list)) {
            const auto row = static_cast<std::size_t>(texts.passages[static_cast<std::size_t>(passage)]);
            scores.same_word += texts.words[row] == texts.words[query] ? 1.0 / static_cast<double>(queries.size()) : 0;
        }
    }
    return scores;
}

}  // namespace text_retrieval
