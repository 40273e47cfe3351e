#pragma once

/// \file
/// Judgement: which rows of a batch are not to be trusted.

#include <mohs/batch.hpp>
#include <mohs/detail/base/check.hpp>
#include <mohs/result/suspects.hpp>

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What a judge thinks of the label of a row. It abstains where it has nothing to go by.
enum class Opinion : std::uint8_t { trusted, suspect, abstains };

/// What a judge thinks of every row of a batch. It withdraws the suspects as anchor, positive and negative:
///
///     const mohs::Judgement judgement = judge(batch, reference);
///     const std::vector<mohs::Role> roles = judgement.roles(batch);
///     const mohs::Triplets triplets = miner(batch.with_roles(roles));
///
/// The mask of roles costs mining nothing that can be measured.
class Judgement {
public:
    /// Of a judge of this name, which lives as long as the program.
    explicit Judgement(const char* judge) : judge_(judge) {}

    /// Adds what is thought of the next row, how suspicious it is, and whether fewer neighbours had a say than the
    /// judge asks for. Throws std::invalid_argument for a score outside of [0, 1].
    void add(Opinion opinion, double score, bool short_of_voters = false)
    {
        if (!(score >= 0 && score <= 1)) {
            detail::throw_bad_value("Judgement: score", score, "from 0 to 1");
        }
        opinions_.push_back(opinion);
        scores_.push_back(score);
        ++counts_[static_cast<std::size_t>(opinion)];
        short_of_voters_ += short_of_voters;
    }

    [[nodiscard]] Index rows() const { return static_cast<Index>(opinions_.size()); }
    [[nodiscard]] const char* judge() const { return judge_; }
    [[nodiscard]] Opinion opinion(Index row) const { return opinions_[static_cast<std::size_t>(row)]; }
    /// How suspicious a row is, from 0 to 1; 0 where the judge abstains.
    [[nodiscard]] double score(Index row) const { return scores_[static_cast<std::size_t>(row)]; }
    /// How many rows it has this opinion of: together as many as there are rows.
    [[nodiscard]] Index count(Opinion opinion) const { return counts_[static_cast<std::size_t>(opinion)]; }
    /// How many rows of known label had fewer neighbours than the judge asks for, those without any among them: where
    /// it is not 0, the reference is small, or it is of few known labels.
    [[nodiscard]] Index short_of_voters() const { return short_of_voters_; }

    /// A role for every row of the batch: none for a suspect, any other keeps what it has. Throws std::invalid_argument
    /// for a batch of another number of rows.
    template <class Scalar>
    [[nodiscard]] std::vector<Role> roles(const Batch<Scalar>& batch) const
    {
        detail::check_length("Judgement", "rows in the batch", static_cast<std::size_t>(batch.rows()), rows());
        std::vector<Role> result;
        for (Index row = 0; row < rows(); ++row) {
            result.push_back(opinion(row) == Opinion::suspect ? Role::none : batch.role(row));
        }
        return result;
    }

    /// The suspects, in the order of their rows, for a review queue.
    [[nodiscard]] Suspects suspects() const
    {
        Suspects result;
        for (Index row = 0; row < rows(); ++row) {
            if (opinion(row) == Opinion::suspect) {
                result.push_back({.of = Suspicion::label, .anchor = row, .score = score(row), .reason = judge_});
            }
        }
        return result;
    }

private:
    const char* judge_;
    std::vector<Opinion> opinions_;
    std::vector<double> scores_;
    Index counts_[3] = {};
    Index short_of_voters_ = 0;
};

/// What several judges think together: a row is suspect for at least `least` of them; it abstains where all do, or
/// where those that do could turn the result. Its score is the mean of those that do not abstain. Throws
/// std::invalid_argument unless there are judgements, of equally many rows, and 1 <= least <= their number.
[[nodiscard]] inline Judgement agreed_by(Index least, std::span<const Judgement* const> judgements)
{
    if (least < 1 || least > static_cast<Index>(judgements.size())) {
        detail::throw_bad_value("agreed_by: least", static_cast<double>(least), "from 1 to the number of judgements");
    }
    const Index rows = judgements.front()->rows();
    for (const Judgement* each : judgements) {
        if (each->rows() != rows) {
            detail::throw_invalid("agreed_by: judgements of " + std::to_string(rows) + " and of " +
                                  std::to_string(each->rows()) + " rows");
        }
    }
    Judgement result("agreed_by");
    for (Index row = 0; row < rows; ++row) {
        Index suspect = 0, abstain = 0;
        double sum = 0;
        for (const Judgement* each : judgements) {
            suspect += each->opinion(row) == Opinion::suspect;
            abstain += each->opinion(row) == Opinion::abstains;
            sum += each->opinion(row) == Opinion::abstains ? 0 : each->score(row);
        }
        const auto voters = static_cast<Index>(judgements.size()) - abstain;
        const Opinion opinion = suspect >= least             ? Opinion::suspect
                                : suspect + abstain >= least ? Opinion::abstains
                                                             : Opinion::trusted;
        result.add(opinion, opinion == Opinion::abstains || voters == 0 ? 0 : sum / static_cast<double>(voters));
    }
    return result;
}
[[nodiscard]] inline Judgement agreed_by(Index least, std::initializer_list<const Judgement*> judgements)
{
    return agreed_by(least, std::span<const Judgement* const>(judgements.begin(), judgements.size()));
}

}  // namespace mohs::inline MOHS_ABI
