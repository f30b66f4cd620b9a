/* A two-layer perceptron learns to read handwritten digits.
 *
 *     digits data/digits.csv
 *
 * A line of the file is an 8 x 8 image, 64 numbers from 0 to 16, and then the
 * digit that it shows. A fifth of the images is held back, to judge by.
 *
 * The program frees no tensor. It checks that its memory stays flat. */
#include <apus.h>

#include <stdio.h>
#include <stdlib.h>

enum { PIXELS = 64, HIDDEN = 64, DIGITS = 10, BATCH = 32, EPOCHS = 20 };
enum { ROOM = 2000 }; /* images at most */

static const double rate = 0.1, momentum = 0.9;

/* ---- The images --------------------------------------------------------- */

typedef struct {
    apus_tensor *images; /* (n, PIXELS), float32 from 0 to 1 */
    apus_tensor *labels; /* (n), int64 */
} dataset;

static dataset read_images(const char *path)
{
    static float pixels[ROOM][PIXELS];
    static int64_t labels[ROOM];
    int64_t n = 0;
    FILE *file = fopen(path, "r");

    for (bool more = file != NULL; more && n < ROOM; n += more) {
        for (int i = 0; i < PIXELS && more; i++)
            more = fscanf(file, "%f,", &pixels[n][i]) == 1;
        more = more && fscanf(file, "%" SCNd64, &labels[n]) == 1;
    }
    if (file) fclose(file);

    const int64_t shape[] = {n, PIXELS};
    apus_tensor *images = apus_tensor_from(pixels, shape, 2, APUS_FLOAT32);
    return (dataset){apus_div_scalar(images, 16),
                     apus_tensor_from(labels, shape, 1, APUS_INT64)};
}

/* The images that `which` names by number. */
static dataset select_images(dataset data, apus_tensor *which)
{
    return (dataset){apus_index_select(data.images, 0, which),
                     apus_index_select(data.labels, 0, which)};
}

/* ---- The network -------------------------------------------------------- */

enum { WEIGHT1, BIAS1, WEIGHT2, BIAS2, PARAMETERS };

typedef struct {
    apus_tensor *parameter[PARAMETERS];
    apus_tensor *velocity[PARAMETERS];
} network;

static network new_network(void)
{
    const int64_t shape1[] = {HIDDEN, PIXELS}, shape2[] = {DIGITS, HIDDEN};
    network net = {{apus_randn(shape1, 2, APUS_FLOAT32),
                    apus_zeros(shape1, 1, APUS_FLOAT32),
                    apus_randn(shape2, 2, APUS_FLOAT32),
                    apus_zeros(shape2, 1, APUS_FLOAT32)},
                   {NULL}};

    /* A layer keeps the scale of its input: divide by sqrt(inputs / 2). */
    apus_mul_scalar_(net.parameter[WEIGHT1], 0.177);
    apus_mul_scalar_(net.parameter[WEIGHT2], 0.177);
    for (int i = 0; i < PARAMETERS; i++) {
        apus_requires_grad_(net.parameter[i], true);
        net.velocity[i] = apus_zeros_like(net.parameter[i]);
    }
    return net;
}

/* For each image ten numbers; the largest says which digit it is. */
static apus_tensor *scores(const network *net, apus_tensor *images)
{
    apus_tensor *const *p = net->parameter;
    apus_tensor *hidden = apus_relu(apus_linear(images, p[WEIGHT1], p[BIAS1]));

    return apus_linear(hidden, p[WEIGHT2], p[BIAS2]);
}

/* Stochastic gradient descent with momentum. */
static void step(network *net)
{
    bool recording = apus_set_grad_enabled(false);

    for (int i = 0; i < PARAMETERS; i++) {
        apus_tensor *p = net->parameter[i], *v = net->velocity[i];

        apus_add_(apus_mul_scalar_(v, momentum), apus_grad(p));
        apus_sub_(p, apus_mul_scalar(v, rate));
        apus_set_grad(p, NULL);
    }
    apus_set_grad_enabled(recording);
}

/* One pass over the images in random order; returns the mean loss. */
static double train(network *net, dataset data)
{
    int64_t n = apus_numel(data.labels);
    apus_tensor *order = apus_randperm(n, APUS_INT64);
    double total = 0;

    for (int64_t first = 0; first < n; first += BATCH) {
        int64_t end = first + BATCH;
        apus_tensor *which = apus_slice(order, 0, &first, &end, 1);
        dataset batch = select_images(data, which);
        apus_tensor *loss = apus_cross_entropy(
            scores(net, batch.images), batch.labels, NULL, "mean", -100, 0);

        apus_backward(loss);
        step(net);
        total += apus_item_double(loss) * (double)apus_numel(which);
    }
    return total / (double)n;
}

/* How many of the images the network reads rightly, in percent. */
static double accuracy(const network *net, dataset data)
{
    const int64_t digit = 1;
    apus_tensor *read = apus_argmax(scores(net, data.images), &digit, false);
    apus_tensor *right = apus_eq(read, data.labels);

    return 100 * apus_item_double(apus_sum(right)) /
           (double)apus_numel(right);
}

/* ---- The program -------------------------------------------------------- */

/* Megabytes of memory that this process has, or 0 where there is no /proc. */
static double resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return (double)pages * 4096 / (1 << 20);
}

int main(int argc, char **argv)
{
    dataset all = read_images(argc > 1 ? argv[1] : "data/digits.csv");
    int64_t n = apus_numel(all.labels), fifth = n / 5;

    apus_manual_seed(1);
    apus_tensor *order = apus_randperm(n, APUS_INT64);
    dataset held_back = select_images(all, apus_narrow(order, 0, 0, fifth));
    dataset rest =
        select_images(all, apus_narrow(order, 0, fifth, n - fifth));
    network net = new_network();
    double right = 0, memory = 0, grown = 0;

    for (int epoch = 1; epoch <= EPOCHS && !apus_error_code(); epoch++) {
        double loss = train(&net, rest);

        right = accuracy(&net, held_back);
        if (epoch == 1) memory = resident();
        grown = resident() - memory;
        printf("epoch %2d of %d   loss %.4f   held back: %5.1f %% right   "
               "memory %.1f MB\n",
               epoch, EPOCHS, loss, right, resident());
    }
    if (apus_error_code()) {
        fprintf(stderr, "%s\n", apus_error_message());
        return EXIT_FAILURE;
    }
    printf("memory is %s: %+.1f MB since the first epoch, and no tensor was "
           "freed\n",
           grown < 1 ? "flat" : "NOT flat", grown);
    return right > 95 && grown < 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
