#pragma once

/// \file
/// HnswIndex: a graph of hnswlib (libhnswlib-dev) as a source of candidates for corpus mining.

#include <mohs/corpus/index_form.hpp>
#include <mohs/corpus/input/candidate_index.hpp>
#include <mohs/detail/base/parallel.hpp>

#include <hnswlib/hnswlib.h>
#include <cstring>
#include <memory>
#include <numeric>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of HnswIndex: those of hnswlib, with its defaults, but for `search_width`.
struct HnswOptions {
    Index links = 16;                ///< M: per row and layer
    Index construction_width = 200;  ///< ef_construction
    Index search_width = 200;        ///< ef: at least, and never less than the candidates that are asked for; 10 there
    std::uint64_t seed = 100;
};

/// A graph of small worlds (HNSW, Malkov and Yashunin 2016) over the rows of a corpus, whatever the metric
/// (IndexForm). Rows that are equal in that form are one node: hundreds of equal ones would otherwise be all that a
/// node is linked with, and what is behind them would not be found. Built on one thread, so that it is the same each
/// time; searched on as many as `run` says.
///
///     const mohs::HnswIndex index{mohs::Cosine{}, mohs::Batch{corpus}};
///     miner(mohs::Batch{queries}, mohs::Batch{corpus}, positives, mohs::SearchedBy{index});
///
/// Throws std::invalid_argument for options below 1. Memory: a copy of the rows as floats and 8 links bytes per row;
/// it may outlive the corpus.
template <Metric M>
class HnswIndex {
public:
    template <class Scalar>
    HnswIndex(M metric, const Batch<Scalar>& corpus, const HnswOptions& options = {}, const Options& run = {})
        : form_(metric, corpus), options_(options), run_(run)
    {
        for (const Index value : {options.links, options.construction_width, options.search_width}) {
            if (value < 1) {
                detail::throw_bad_value("HnswIndex: an option", static_cast<double>(value), "at least 1");
            }
        }
        const Matrix rows = form_.corpus(corpus);
        const auto bytes = static_cast<std::size_t>(rows.cols()) * sizeof(float);
        const auto compare = [&](Index a, Index b) {
            return std::memcmp(rows.data() + a * rows.cols(), rows.data() + b * rows.cols(), bytes);
        };
        std::vector<Index> order(static_cast<std::size_t>(rows.rows()));
        std::iota(order.begin(), order.end(), Index{0});
        std::sort(order.begin(), order.end(), [&](Index a, Index b) {
            const int difference = compare(a, b);
            return difference != 0 ? difference < 0 : a < b;
        });
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (i == 0 || compare(order[i - 1], order[i]) != 0) {
                begin_.push_back(rows_.size());
            }
            rows_.push_back(order[i]);
        }
        const std::size_t nodes = begin_.size();
        begin_.push_back(rows_.size());
        space_ = std::make_unique<hnswlib::L2Space>(static_cast<std::size_t>(rows.cols()));
        graph_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(
            space_.get(), (std::max)(nodes, std::size_t{1}), static_cast<std::size_t>(options.links),
            static_cast<std::size_t>(options.construction_width), static_cast<std::size_t>(options.seed));
        for (std::size_t node = 0; node < nodes; ++node) {
            graph_->addPoint(rows.data() + rows_[begin_[node]] * rows.cols(), node);
        }
    }

    template <class Scalar>
    [[nodiscard]] MatrixOf<Index> search(const Batch<Scalar>& queries, Index k) const
    {
        const Matrix rows = form_.queries(queries);
        MatrixOf<Index> result = MatrixOf<Index>::Constant(queries.rows(), k, -1);
        const std::size_t nodes = begin_.size() - 1, wanted = (std::min)(static_cast<std::size_t>(k), nodes);
        if (wanted == 0) {
            return result;
        }
        graph_->setEf((std::max)(wanted, static_cast<std::size_t>(options_.search_width)));
        detail::parallel_for(run_, queries.rows(), [&](Index query, int) {
            auto found = graph_->searchKnn(rows.data() + query * rows.cols(), wanted);
            std::vector<std::size_t> closest;
            for (; !found.empty(); found.pop()) {
                closest.push_back(found.top().second);
            }
            Index count = 0;
            for (auto node = closest.rbegin(); node != closest.rend(); ++node) {
                for (std::size_t i = begin_[*node]; i < begin_[*node + 1] && count < k; ++i) {
                    result(query, count++) = rows_[i];
                }
            }
        });
        return result;
    }

private:
    IndexForm<M> form_;
    HnswOptions options_;
    Options run_;
    std::vector<Index> rows_;         ///< node by node
    std::vector<std::size_t> begin_;  ///< where those of a node begin
    std::unique_ptr<hnswlib::L2Space> space_;
    std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph_;
};

}  // namespace mohs::inline MOHS_ABI
