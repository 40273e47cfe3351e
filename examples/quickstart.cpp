#include <mohs/mohs.hpp>

#include <iostream>

int main()
{
    mohs::Matrix embeddings = mohs::Matrix::Random(32, 16);  // a row per sample, as a network returns them
    const Eigen::VectorXi labels = Eigen::VectorXi::LinSpaced(32, 0, 31) / 4;  // 8 classes of 4
    const mohs::Batch batch{embeddings, labels};                               // a view
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::TripletLoss loss{miner.metric(), {.margin = 0.2}};
    for (int step = 0; step < 10; ++step) {
        const mohs::Triplets triplets = miner(batch);
        const mohs::LossResult result = loss(batch, triplets);
        std::cout << "loss " << result.value << ", active " << result.report.active << " of " << triplets.size()
                  << '\n';
        embeddings -= 4 * result.gradient;  // where a network does model.backward(result.gradient)
    }
}
