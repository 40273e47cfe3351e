// One mistake per case, and next to it a part of what the first lines of either compiler have to say. prelude.hpp comes
// before. Without a case this compiles.

void use(Given& given)
{
#if defined(TEMPORARY_ROWS)  // the rows are a temporary: keep them in a variable
    const mohs::Batch batch{network()};
#elif defined(TEMPORARY_ROWS_WITH_LABELS)  // the rows are a temporary: keep them in a variable
    const mohs::Batch batch{network(), given.labels};
#elif defined(LAZY_ROWS)                   // the rows are a lazy expression: evaluate it into a mohs::Matrix
    const mohs::Batch batch{2.0f * given.rows};
#elif defined(LAZY_ROWS_IN_A_VARIABLE)     // the rows are a lazy expression: evaluate it into a mohs::Matrix
    const auto product = given.rows * given.rows;
    const mohs::Batch batch{product, given.labels};
#elif defined(ROWS_OF_INTEGERS)            // rows must be float, double, Eigen::half or Eigen::bfloat16
    const Eigen::MatrixXi rows = Eigen::MatrixXi::Zero(8, 4);
    const mohs::Batch batch{rows, given.labels};
#elif defined(ROWS_OF_VECTORS)             // rows must be an Eigen matrix, Map, Ref or block
    const std::vector<std::vector<float>> rows(8, std::vector<float>(4));
    const mohs::Batch batch{rows, given.labels};
#elif defined(TEMPORARY_LABELS)            // the labels are a temporary: keep them in a variable
    const mohs::Batch batch{given.rows, new_labels()};
#elif defined(LISTED_LABELS)               // the labels are a temporary: keep them in a variable
    const mohs::Batch batch{given.rows, {0, 0, 1, 1}};
#elif defined(LABELS_OF_STRINGS)          // labels have to be contiguous integers: map strings, floats or flags to 0, 1
    const std::vector<std::string> names(8, "cat");
    const mohs::Batch batch{given.rows, names};
#elif defined(LABELS_OF_FLAGS)            // labels have to be contiguous integers: map strings, floats or flags to 0, 1
    const std::vector<bool> flags(8);
    const mohs::Batch batch{given.rows, flags};
#elif defined(LABELS_OF_FLOATS)           // labels have to be contiguous integers: map strings, floats or flags to 0, 1
    const Eigen::VectorXd labels = Eigen::VectorXd::Zero(8);
    const mohs::Batch batch{given.rows, labels};
#elif defined(LABELS_IN_A_LIST)           // labels have to be contiguous integers
    const std::list<int> labels(8);
    const mohs::Batch batch{given.rows, labels};
#elif defined(TEMPORARY_IDS)              // the ids are a temporary: keep them in a variable
    const mohs::Batch batch = given.batch.with_ids(new_labels());
#elif defined(IDS_OF_STRINGS)             // ids have to be contiguous integers
    const std::vector<std::string> names(8, "cat");
    const mohs::Batch batch = given.batch.with_ids(names);
#elif defined(TEMPORARY_ROLES)            // a temporary: keep the roles in a variable
    const mohs::Batch batch = given.batch.with_roles(new_roles());
#elif defined(TEMPORARY_RELATION)         // a temporary: keep the relation in a variable
    const mohs::Batch batch = given.batch.related_by(new_relation());
#elif defined(MAP_OF_TEMPORARY_TRIPLETS)  // a map of a temporary: keep the triplets in a variable
    const auto negatives = given.miner(given.batch).negatives();
#elif defined(TABLE_OF_TEMPORARY_NEIGHBOURS)  // of a temporary: keep the neighbours in a variable
    const auto& indices = mohs::NearestNeighbours{mohs::Cosine{}}(given.batch).indices();
#elif defined(SPAN_OF_TEMPORARY_RELATION)     // a span of a temporary: keep the relation in a variable
    const auto positives = mohs::Relation::paired(32).positives(3);
#elif defined(BATCH_OF_TEMPORARY_BANK)        // a view of a temporary: keep the bank in a variable
    const mohs::Batch batch = mohs::CrossBatchBank{8}.batch();
#elif defined(DOUBLE_ROWS_INTO_FLOATS)        // double rows go to a bank of double
    const mohs::MatrixOf<double> rows = mohs::MatrixOf<double>::Zero(8, 4);
    mohs::CrossBatchBank{4}.enqueue(mohs::Batch{rows, given.labels}.with_ids(given.labels), 0);
#elif defined(SWAPPED_STRATEGIES)             // swapped: the strategy for positives comes before the one for negatives
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestNegative{}, mohs::HardestPositive{}};
#elif defined(NO_METRIC)                      // the first argument has to be a metric
    const mohs::TripletMiner miner{mohs::HardestPositive{}, mohs::HardestNegative{}};
#elif defined(NO_NEGATIVE_STRATEGY)           // the third argument has to choose negatives
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}};
#elif defined(BAND_NOT_SAID)         // members low and high, std::optional<double>, and Within::band go together
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, RankWindow{}};
#elif defined(MARGIN_NOT_SAID)       // a member margin and Within::margin go together
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, Farther{}};
#elif defined(RANKS_NOT_GIVEN)       // members begin and end and Pick::ranks go together
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, Ranked{}};
#elif defined(WEIGHT_NOT_SAID)       // a callable log_weight(double, mohs::Index) const and Pick::weighted go together
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, Weighs{}};
#elif defined(WEIGHT_BEYOND)         // Pick::weighted draws among all negatives, without Beyond or Within
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, WeighsBeyond{}};
#elif defined(CHOICE_NOT_GIVEN)      // a callable choose(const mohs::Choices&) const
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, ChoosesNothing{}};
#elif defined(WORD_OF_ANOTHER_TYPE)  // constants of the types in strategy.hpp
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, BeyondAsNumber{}};
#elif defined(FALLBACK_OF_EVERY)     // a Fallback goes with Pick::closest, farthest or random
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, EveryOrRandom{}};
#elif defined(PICK_OF_POSITIVES)     // positives are picked closest, farthest, random or every
    const mohs::TripletMiner miner{mohs::Cosine{}, RanksOfPositives{}, mohs::HardestNegative{}};
#elif defined(WEIGHT_OF_ONE_ARGUMENT)  // the weight has to be a callable of (double value, mohs::Index dimension)
    const mohs::WeightedNegative strategy{[](double value) { return value; }};
#elif defined(CHOICE_OF_A_ROW)         // the choice has to be a callable of (const mohs::Choices&)
    const mohs::ChosenNegative strategy{[](mohs::Index row) { return row; }};
#elif defined(FILTER_WITHOUT_REJECTS)  // has to be filters
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}, Rejects{}};
#elif defined(LAMBDA_AS_FILTER)        // put a lambda into mohs::ExcludeIf
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                   [](mohs::Index, mohs::Index) { return false; }};
#elif defined(POSITIVE_FILTER_OF_NEIGHBOURS)        // NearestNeighbours: this filter needs the positive of a triplet
    const mohs::NearestNeighbours neighbours{
        mohs::Cosine{}, {.k = 3, .among = mohs::Among::negatives}, mohs::MarginToPositive{}};
#elif defined(POSITIVE_FILTER_OF_PAIRS)             // PairMiner: this filter needs the positive of a triplet
    const mohs::PairMiner miner{mohs::Cosine{}, mohs::AllPairs{}, mohs::ExcludeNearDuplicates{0.9}};
#elif defined(POSITIVE_FILTER_OF_SOFTMAX)           // InfoNCE: this filter needs the positive of a triplet
    const mohs::InfoNCE loss{mohs::Cosine{}, {}, mohs::ExcludeByGuide{given.batch, given.batch}};
#elif defined(POSITIVE_FILTER_OF_HINGES)            // ContrastiveLoss: this filter needs the positive of a triplet
    const mohs::ContrastiveLoss loss{mohs::Cosine{}, {}, mohs::MarginToPositive{}};
#elif defined(LAMBDA_AS_FILTER_OF_A_LOSS)           // put a lambda into mohs::ExcludeIf
    const mohs::InfoNCE loss{mohs::Cosine{}, {}, [](mohs::Index, mohs::Index) { return false; }};
#elif defined(PAIR_STRATEGY_FOR_TRIPLETS)           // this strategy chooses pairs, so give it to mohs::PairMiner
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::MultiSimilarity{}};
#elif defined(TRIPLET_STRATEGIES_FOR_PAIRS)         // this strategy is for triplets, so give it to mohs::TripletMiner
    const mohs::PairMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
#elif defined(MISTYPED_FIELD)                       // margn
    const mohs::SemiHardNegative strategy{.margn = 0.2};
#elif defined(MISTYPED_OPTION)                      // TripletLossOptions
    const mohs::TripletLoss loss{mohs::Cosine{}, {.margn = 0.2}};
#elif defined(TRIPLETS_OF_ANOTHER_METRIC)           // the triplets were mined by another metric
    const auto result = mohs::TripletLoss{mohs::Euclidean{}}(given.batch, given.miner(given.batch));
#elif defined(PAIRS_OF_ANOTHER_METRIC)              // mined by another metric, or the pairs
    const auto result = mohs::ContrastiveLoss{mohs::Euclidean{}}(given.batch, mohs::Pairs<mohs::Cosine>{});
#elif defined(NEIGHBOURS_OF_ANOTHER_METRIC)         // mined by another metric, or the pairs
    const auto result = mohs::InfoNCE{mohs::Cosine{}}(given.batch, given.batch, mohs::Neighbours<mohs::DotProduct>{});
#elif defined(PAIRS_FOR_A_TRIPLET_LOSS)             // takes triplets: pairs go to ContrastiveLoss or InfoNCE
    const auto result = mohs::TripletLoss{mohs::Cosine{}}(given.batch, mohs::Pairs<mohs::Cosine>{});
#elif defined(NEIGHBOURS_FOR_A_TRIPLET_LOSS)        // takes triplets: pairs go to
    const auto result =
        mohs::TripletLoss{mohs::Cosine{}}(given.batch, mohs::Neighbours<mohs::Cosine>{}, given.workspace, given.rows);
#elif defined(NEIGHBOURS_FOR_HINGES)                // nearest positives and negatives go into pairs_of
    const auto result = mohs::ContrastiveLoss{mohs::Cosine{}}(given.batch, mohs::Neighbours<mohs::Cosine>{});
#elif defined(ROWS_INSTEAD_OF_A_BATCH_FOR_A_LOSS)   // take a mohs::Batch of the rows
    const auto result = mohs::InfoNCE{mohs::Cosine{}}(given.rows, given.labels);
#elif defined(DERIVATIVES_IN_A_TABLE)               // derivatives have to be a vector, with an element for each value
    const auto triplets = given.miner(given.batch);
    const auto result = mohs::backward(given.batch, triplets, given.rows, triplets.negative_values());
#elif defined(DISTANCE_FOR_SIMILARITIES)            // the metric has to be a similarity
    const mohs::InfoNCE loss{mohs::Euclidean{}};
#elif defined(ROWS_INSTEAD_OF_A_BATCH)              // mine a Batch{rows, labels}
    const auto triplets = given.miner(given.rows, given.labels);
#elif defined(ROWS_INSTEAD_OF_A_BATCH_TO_EVALUATE)  // evaluate a Batch{rows, labels}
    const auto result = mohs::RetrievalMetrics{mohs::Cosine{}}(given.rows, given.labels);
#elif defined(ROWS_INSTEAD_OF_A_BATCH_TO_VERIFY)    // evaluate a Batch{rows, labels}
    const auto result = mohs::VerificationMetrics{mohs::Cosine{}}(given.rows, given.labels);
#elif defined(FLOATS_AGAINST_DOUBLES)               // double rows cannot be compared with float or 16-bit rows
    const Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(8, 4);
    const auto triplets = given.miner(given.batch, mohs::Batch{rows, given.labels});
#elif defined(SIMILARITIES_OF_CENTRED_ROWS)         // a similarity scales or normalises its rows
    const mohs::TripletMiner miner{CentredProduct{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const auto triplets = miner(given.batch);
#elif defined(UNNORMALISED_WEIGHTS)                 // take Cosine or a Normalised metric
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{}};
#else
    const mohs::Batch batch = mohs::Batch{given.rows, given.labels}.with_ids(given.labels);
    const mohs::Triplets triplets = given.miner(batch);
    const auto result = mohs::TripletLoss{mohs::Cosine{}, {.margin = 0.2}}(batch, triplets);
    const auto own = mohs::backward(batch, triplets, triplets.positive_values(), triplets.negative_values());
#endif
}
