// A judge of your own, beside one of the library: every row is compared with the means of the classes. Some labels are
// wrong, and it is known which. The exit status says whether the judges, and what they agree on, find most of them.

#include <mohs/mohs.hpp>

#include <iomanip>
#include <iostream>
#include <limits>
#include <map>
#include <vector>

using mohs::Index;

// Suspects rows that lie closer to the mean of another class than to that of their own. A judge is whatever returns a
// Judgement: an opinion and a score from 0 to 1 for every row, in order.
struct ClassMeans {
    [[nodiscard]] mohs::Judgement operator()(const mohs::Matrix& rows, const std::vector<int>& labels) const
    {
        std::map<int, Eigen::RowVectorXf> means;
        std::map<int, float> counts;
        for (Index row = 0; row < rows.rows(); ++row) {
            const int label = labels[static_cast<std::size_t>(row)];
            means.try_emplace(label, Eigen::RowVectorXf::Zero(rows.cols())).first->second += rows.row(row);
            ++counts[label];
        }
        mohs::Judgement result("class means");
        for (Index row = 0; row < rows.rows(); ++row) {
            float own = 0, other = std::numeric_limits<float>::max();
            for (const auto& [label, sum] : means) {
                const float distance = (rows.row(row) - sum / counts[label]).norm();
                if (label == labels[static_cast<std::size_t>(row)]) {
                    own = distance;
                } else {
                    other = std::min(other, distance);
                }
            }
            result.add(own > other ? mohs::Opinion::suspect : mohs::Opinion::trusted, own / (own + other));
        }
        return result;
    }
};

int main()
{
    // 8 classes of 50 rows around a centre each; every tenth row has the label of the next class.
    constexpr Index classes = 8, count = 400;
    const mohs::Matrix centres = mohs::Matrix::Random(classes, 16);
    mohs::Matrix rows = 0.9F * mohs::Matrix::Random(count, 16);
    std::vector<int> labels, truth;
    for (Index row = 0; row < count; ++row) {
        truth.push_back(static_cast<int>(row % classes));
        labels.push_back(row % 10 == 9 ? (truth.back() + 1) % static_cast<int>(classes) : truth.back());
        rows.row(row) += centres.row(row % classes);
    }

    const mohs::Batch batch{rows, labels};
    const mohs::Judgement means = ClassMeans{}(rows, labels),
                          neighbours = mohs::NeighbourConsensus{mohs::Euclidean{}}(batch),
                          both = mohs::agreed_by(2, {&means, &neighbours});
    bool good = true;
    std::cout << "judge                 suspects  right  wrong labels found\n" << std::fixed << std::setprecision(2);
    for (const mohs::Judgement* judgement : {&means, &neighbours, &both}) {
        double right = 0, wrong_labels = 0;
        for (Index row = 0; row < count; ++row) {
            const bool is_wrong = labels[static_cast<std::size_t>(row)] != truth[static_cast<std::size_t>(row)];
            wrong_labels += is_wrong;
            right += is_wrong && judgement->opinion(row) == mohs::Opinion::suspect;
        }
        const auto suspects = static_cast<double>(judgement->count(mohs::Opinion::suspect));
        std::cout << std::left << std::setw(22) << judgement->judge() << std::right << std::setw(8)
                  << judgement->count(mohs::Opinion::suspect) << std::setw(7) << right / suspects << std::setw(20)
                  << right / wrong_labels << '\n';
        good = good && right > (judgement == &both ? 0.8 : 0.7) * suspects && right > 0.9 * wrong_labels;
    }

    // What is suspected by both is neither anchor nor positive nor negative.
    const std::vector<mohs::Role> roles = both.roles(batch);
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::Triplets triplets = miner(batch.with_roles(roles));
    std::cout << triplets.size() << " triplets of " << count - both.count(mohs::Opinion::suspect) << " trusted rows\n";
    return good && triplets.size() + both.count(mohs::Opinion::suspect) == count ? 0 : 1;
}
