// A new loss over triplets: log(1 + |a - p|^2 / |a - n|^2), which has no margin to choose. What is written down is the loss
// and its derivatives by the two values; mohs::backward takes these to the rows. The gradient is checked against central
// differences, a linear model is trained, and the exit status says whether all of it went well.

#include <mohs/mohs.hpp>

#include <cmath>
#include <iostream>

using Rows = mohs::MatrixOf<double>;
using Metric = mohs::SquaredEuclidean;

/// The mean over the triplets, and its gradient.
mohs::LossResult<double> ratio_loss(const mohs::Batch<double>& batch, const mohs::Triplets<Metric>& triplets)
{
    const mohs::Triplets<Metric> now = mohs::measure(batch, triplets);  // values of the rows as they are, not as mined
    const Eigen::ArrayXd p = now.positive_values(), n = now.negative_values();
    const double each = 1 / static_cast<double>(triplets.size());
    mohs::LossResult<double> result = mohs::backward(batch, triplets, each / (p + n), each / (p + n) - each / n);
    result.value = (1 + p / n).log().sum() * each;
    return result;
}

int main()
{
    // Two columns of the images tell the classes apart; six are noise that is louder.
    const Eigen::VectorXi labels = Eigen::VectorXi::LinSpaced(90, 0, 89) / 15;
    Rows images = 4 * Rows::Random(90, 8), weights = 0.3 * Rows::Random(8, 2);
    for (mohs::Index i = 0; i < images.rows(); ++i) {
        images.row(i).head<2>() *= 0.05;
        images.row(i).head<2>() += 3 * Eigen::RowVector2d(std::cos(labels[i]), std::sin(labels[i]));
    }
    const mohs::TripletMiner miner{Metric{}, mohs::AllPositives{}, mohs::HardestNegative{}};
    const mohs::RetrievalMetrics evaluate{Metric{}, {.k = {1}}};

    const Rows rows = images * weights;
    const mohs::Triplets<Metric> triplets = miner(mohs::Batch{rows, labels});
    const Rows gradient = ratio_loss(mohs::Batch{rows}, triplets).gradient;
    double worst = 0, share = 0;
    for (mohs::Index i = 0; i < rows.size(); ++i) {
        Rows above = rows, below = rows;
        above.data()[i] += 1e-6;
        below.data()[i] -= 1e-6;
        const double rise =
            ratio_loss(mohs::Batch{above}, triplets).value - ratio_loss(mohs::Batch{below}, triplets).value;
        worst = std::fmax(worst, std::abs(rise / 2e-6 - gradient.data()[i]) / gradient.cwiseAbs().maxCoeff());
    }
    std::cout << "largest error of the gradient: " << worst << "\nstep\tloss\tnearest row is of the same class\n";
    for (int step = 0; step <= 400; ++step) {
        const Rows embeddings = images * weights;
        const mohs::Batch batch{embeddings, labels};
        const mohs::LossResult<double> loss = ratio_loss(batch, miner(batch));
        weights -= 0.05 * images.transpose() * loss.gradient;
        share = evaluate(batch).overall.at_k[0].hit_rate;
        if (step % 100 == 0) {
            std::cout << step << '\t' << loss.value << '\t' << share << '\n';
        }
    }
    return worst < 1e-6 && share > 0.9 ? 0 : 1;
}
